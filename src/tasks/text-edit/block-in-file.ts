import type { Place } from "./line-in-file.js";

/** What `blockinfile` is asked for. */
export interface BlockWanted {
  /** Without the markers; empty takes the block away. */
  readonly block: string;
  /** The markers, without line ends. */
  readonly begin: string;
  readonly end: string;
  /** Where a new block goes; a pattern of several lines is searched in the whole text. */
  readonly place: Place;
  /** A blank line before it, unless it is at the start; and behind it, unless at the end. */
  readonly prependNewline: boolean;
  readonly appendNewline: boolean;
}

/** Lines with their ends; unlike `linesOf`, a lone carriage return ends one too. */
const anyLines = (text: string): string[] => text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];

/** Puts a block between its markers, replaces what is there, or takes it away. */
export function editBlock(text: string, wanted: BlockWanted): string {
  const lines = anyLines(text);
  const first = lines.lastIndexOf(`${wanted.begin}\n`);
  const last = lines.lastIndexOf(`${wanted.end}\n`);
  let at: number;
  if (first < 0 || last < 0) at = placeOf(text, lines, wanted.place);
  else {
    at = Math.min(first, last);
    lines.splice(at, Math.abs(last - first) + 1);
  }
  const before = lines[at - 1];
  if (before !== undefined && !before.endsWith("\n")) lines[at - 1] = `${before}\n`;
  lines.splice(at, 0, ...blockLines(wanted, lines, at));
  return lines.join("");
}

function blockLines(wanted: BlockWanted, lines: readonly string[], at: number): string[] {
  const { block, begin, end, prependNewline, appendNewline } = wanted;
  if (block === "") return [];
  const blankBefore = prependNewline && at > 0 && lines[at - 1] !== "\n";
  const blankAfter = appendNewline && at < lines.length && lines[at] !== "\n";
  const body = block.endsWith("\n") ? block : `${block}\n`;
  return [blankBefore ? "\n" : "", `${begin}\n`, body, `${end}\n`, blankAfter ? "\n" : ""];
}

function placeOf(text: string, lines: readonly string[], place: Place): number {
  if (place === "start") return 0;
  if (place === "end") return lines.length;
  const { pattern, side } = place;
  if (pattern.multiline) {
    const match = pattern.exec(text);
    if (!match) return lines.length;
    const upTo = match.index + (side === "after" ? match[0].length : 0);
    return text.slice(0, upTo).split("\n").length - 1 + (side === "after" ? 1 : 0);
  }
  const at = lines.findLastIndex((each) => pattern.test(each));
  if (at < 0) return lines.length;
  return side === "after" ? at + 1 : at;
}
