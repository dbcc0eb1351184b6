import { ModuleFailure } from "../module/failure.js";

const CLASSES: Readonly<Record<string, string>> = {
  d: "0-9",
  s: "[:space:]",
  w: "[:alnum:]_",
};

const TOKEN =
  /\\([\s\S])|\[(\^?)(\]?(?:\\[\s\S]|\[:\w+:\]|[^\]\\])*)\]|\((\?:)|\(\?|([*+?]|\{\d+(?:,\d*)?\})([+?])|[\s\S]/gu;

/** What grep is given. */
export interface GrepPattern {
  /** An extended regular expression that every grep knows. */
  readonly source: string;
  readonly ignoreCase: boolean;
}

/**
 * A regular expression of Python's as one of grep's.
 * @throws ModuleFailure for what grep cannot: looking around, named groups, references, reluctant repetition
 */
export function grepPattern(pattern: string): GrepPattern {
  const [, flags, rest = pattern] = /^\(\?(i)\)([\s\S]*)$/.exec(pattern) ?? [];
  return { source: extended(rest), ignoreCase: flags !== undefined };
}

function extended(pattern: string): string {
  return pattern.replace(
    TOKEN,
    (
      token,
      quoted?: string,
      negated?: string,
      set?: string,
      group?: string,
      _repeat?: string,
      how?: string,
    ) => {
      if (quoted !== undefined) return escaped(quoted, pattern);
      if (set !== undefined) return setOf(negated === "^", set, pattern);
      if (group !== undefined) return "(";
      if (token === "(?" || how !== undefined) throw beyond(pattern, token);
      return token;
    },
  );
}

function escaped(character: string, pattern: string): string {
  const known = CLASSES[character] ?? CLASSES[character.toLowerCase()];
  if (known !== undefined) return character === character.toLowerCase() ? `[${known}]` : `[^${known}]`;
  if (character === "t") return "\t";
  if (character === "A") return "^";
  if (character === "Z") return "$";
  if (/[A-Za-z0-9]/.test(character)) throw beyond(pattern, `\\${character}`);
  return /[\\^$.*+?()[\]{}|]/.test(character) ? `\\${character}` : character;
}

/** Within brackets a backslash means nothing to grep; a `]` must come first, `^` and `-` last. */
function setOf(isNegated: boolean, set: string, pattern: string): string {
  const members = [...set.matchAll(/\\([\s\S])|\[:\w+:\]|[\s\S]/gu)].map(([token, quoted]) => ({
    text: quoted === undefined ? token : inSet(quoted, pattern),
    moves: token === "]" || (quoted !== undefined && "]^-".includes(quoted)),
  }));
  const moved = new Set(members.filter(({ moves }) => moves).map(({ text }) => text));
  const rest = members.filter(({ moves }) => !moves).map(({ text }) => text);
  const inside = ["]", ...rest, "^", "-"].filter(
    (text, at) => (at > 0 && at <= rest.length) || moved.has(text),
  );
  if (inside.join("") === "^" && !isNegated) return "\\^";
  return `[${isNegated ? "^" : ""}${inside.join("")}]`;
}

function inSet(character: string, pattern: string): string {
  const known = CLASSES[character];
  if (known !== undefined) return known;
  if (character === "t") return "\t";
  if (/[A-Za-z0-9]/.test(character)) throw beyond(pattern, `\\${character}`);
  return character;
}

const beyond = (pattern: string, token: string): ModuleFailure =>
  new ModuleFailure(
    `cannot look for '${pattern}': '${token}' is beyond the machine's grep; use the shell module`,
  );
