import { type Expand, patternOf } from "./python-pattern.js";

/** What `replace` is asked for. */
export interface ReplaceWanted {
  /** With the flags g and m. */
  readonly regexp: RegExp;
  readonly replacement: Expand;
  /** Pattern of the part of the text that is looked at, as the group `subsection`. */
  readonly section: string | undefined;
}

export interface Replaced {
  readonly text: string;
  readonly count: number;
}

/** The pattern of what lies behind and before; undefined: all of the text. */
export function sectionPattern(after: string | undefined, before: string | undefined): string | undefined {
  if (after && before) return `${after}(?P<subsection>.*?)${before}`;
  if (after) return `${after}(?P<subsection>.*)`;
  return before ? `(?P<subsection>.*)${before}` : undefined;
}

/** Replaces all matches; undefined when there is no such section. @throws ModuleFailure */
export function replaceAll(text: string, wanted: ReplaceWanted): Replaced | undefined {
  const part = wanted.section === undefined ? ([0, text.length] as const) : sectionOf(text, wanted.section);
  if (!part) return undefined;
  const [from, to] = part;
  const section = text.slice(from, to);
  const matches = [...section.matchAll(wanted.regexp)];
  const pieces: string[] = [];
  let at = 0;
  for (const match of matches) {
    pieces.push(section.slice(at, match.index), wanted.replacement(match));
    at = match.index + match[0].length;
  }
  const edited = pieces.join("") + section.slice(at);
  return { text: text.slice(0, from) + edited + text.slice(to), count: matches.length };
}

const sectionOf = (text: string, pattern: string): readonly [number, number] | undefined =>
  patternOf(pattern, "ds").exec(text)?.indices?.groups?.["subsection"];
