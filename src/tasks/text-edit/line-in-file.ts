import { bare, isEnded, linesOf } from "./lines.js";
import type { Expand } from "./python-pattern.js";

/** What `lineinfile` is asked for; patterns are compiled already. */
export interface LineWanted {
  readonly line: string;
  /** Which line it replaces; without one, a line that is the same. */
  readonly finds: Finder | undefined;
  /** The line made of what `finds` found; nothing is added when it finds nothing. */
  readonly backrefs: Expand | undefined;
  readonly firstMatch: boolean;
  readonly place: Place;
}

/** Where a new line goes. */
export type Place = "start" | "end" | { readonly side: "after" | "before"; readonly pattern: RegExp };

/** A match of a line with its end, or whether it holds a text. */
export type Finder = (line: string) => RegExpExecArray | boolean | null;

export interface LineEdited {
  readonly text: string;
  /** Ansible's message; empty when nothing changed. */
  readonly msg: string;
}

/** Sees to it that a line is there. Lines that match are searched first, then one that is the same, then a place. */
export function withLine(text: string, wanted: LineWanted): LineEdited {
  const lines = linesOf(text);
  const { line, finds, firstMatch, backrefs } = wanted;
  const at = finds ? lines[firstMatch ? "findIndex" : "findLastIndex"]((each) => Boolean(finds(each))) : -1;
  if (at >= 0) return replaced(lines, at, backrefs ? expanded(lines[at] ?? "", wanted) : line);
  const { same, place } = search(lines, wanted);
  if (same >= 0) return replaced(lines, same, line);
  if (backrefs) return { text, msg: "" };
  return added(lines, place, wanted);
}

function expanded(line: string, { finds, backrefs, line: plain }: LineWanted): string {
  const match = finds?.(line);
  return backrefs && match && match !== true ? backrefs(match) : plain;
}

function replaced(lines: readonly string[], at: number, line: string): LineEdited {
  const after = line.endsWith("\n") ? line : `${line}\n`;
  if (lines[at] === after) return { text: lines.join(""), msg: "" };
  return { text: lines.with(at, after).join(""), msg: "line replaced" };
}

/** The last line that is the same, and the index where a new one goes; -1 for neither. */
function search(lines: readonly string[], { line, place, firstMatch }: LineWanted) {
  let [same, index] = [-1, -1];
  for (const [at, each] of lines.entries()) {
    if (bare(each) === line) same = at;
    else if (typeof place !== "string" && place.pattern.test(each)) {
      index = place.side === "after" ? at + 1 : at;
      if (firstMatch) break;
    }
  }
  return { same, place: index };
}

function added(lines: readonly string[], index: number, { line, place }: LineWanted): LineEdited {
  const isAfter = typeof place !== "string" && place.side === "after";
  // With `firstmatch` the search ended at the place, so the line may stand there already.
  if (isAfter && index >= 0 && bare(lines[index] ?? "\n") === line && index < lines.length)
    return { text: lines.join(""), msg: "" };
  const at = place === "start" ? 0 : index < 0 ? lines.length : index;
  const before = lines.slice(0, at).join("");
  const separator = at > 0 && !isEnded(before) ? "\n" : "";
  return { text: `${before}${separator}${line}\n${lines.slice(at).join("")}`, msg: "line added" };
}

export interface LinesRemoved extends LineEdited {
  /** How many lines are gone. */
  readonly found: number;
}

/** Takes away all lines that are found. */
export function withoutLine(text: string, finds: Finder): LinesRemoved {
  const lines = linesOf(text);
  const left = lines.filter((each) => !finds(each));
  const found = lines.length - left.length;
  return { text: left.join(""), found, msg: found > 0 ? `${found} line(s) removed` : "" };
}
