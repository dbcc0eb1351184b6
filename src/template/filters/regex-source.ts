const WORD = "\\p{L}\\p{N}_";
const BOUNDARY = `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`;
const NO_BOUNDARY = `(?:(?<=[${WORD}])(?=[${WORD}])|(?<![${WORD}])(?![${WORD}]))`;
const SYNTAX = /[\^$\\.*+?()[\]{}|/]/;

/** Python's classes of characters are Unicode's. */
const CLASSES: Readonly<Record<string, string>> = { w: WORD, d: "\\p{Nd}", s: "\\s" };
const SHARED_ESCAPES = /^[nrtfv1-9DS]$/;

interface Flags {
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly verbose: boolean;
}

/**
 * A pattern of Python's `re` as the source of a JavaScript one with the `u` flag. Unknown to JavaScript, and so refused by it:
 * possessive quantifiers, atomic groups, conditions, flags in the middle of a pattern.
 */
export function regexSource(pattern: string, flags: Flags): string {
  const out: string[] = [];
  for (let at = 0; at < pattern.length; ) {
    const [code, length] = flags.verbose
      ? (ignored(pattern, at) ?? one(pattern, at, flags))
      : one(pattern, at, flags);
    out.push(code);
    at += length;
  }
  return out.join("");
}

/** White space and comments of a verbose pattern. */
function ignored(pattern: string, at: number): [string, number] | undefined {
  const found = /^(?:\s+|#[^\n]*)/.exec(pattern.slice(at));
  return found === null ? undefined : ["", found[0].length];
}

function one(pattern: string, at: number, flags: Flags): [string, number] {
  const rest = pattern.slice(at);
  const char = rest[0] ?? "";
  if (char === "\\") return outsideEscape(rest);
  if (char === "[") return charClass(rest);
  if (char === "(") return group(rest);
  const line = ofLines(char, flags);
  if (line !== undefined) return [line, 1];
  if (char === "{" && !/^\{(?:\d+(?:,\d*)?|,\d+)\}/.test(rest)) return ["\\{", 1];
  if (char === "{") {
    const count = rest.slice(0, rest.indexOf("}") + 1);
    return [count.replace("{,", "{0,"), count.length];
  }
  if (char === "}" || char === "]") return [`\\${char}`, 1];
  const [whole = char] = rest;
  return [whole, whole.length];
}

/** To Python only a line feed ends a line; to JavaScript also `\r` and others. */
function ofLines(char: string, { multiline, dotAll }: Flags): string | undefined {
  if (char === "." && !dotAll) return "[^\\n]";
  if (char === "^" && multiline) return "(?<![^\\n])";
  if (char === "$" && multiline) return "(?![^\\n])";
  // Without the flag, Python's `$` also matches before a line end that closes the text.
  return char === "$" ? "(?=\\n?$)" : undefined;
}

function group(rest: string): [string, number] {
  const comment = /^\(\?#[^)]*\)/.exec(rest);
  if (comment) return ["", comment[0].length];
  if (rest.startsWith("(?P<")) return ["(?<", 4];
  const reference = /^\(\?P=(\w+)\)/.exec(rest);
  return reference ? [`\\k<${reference[1]}>`, reference[0].length] : ["(", 1];
}

function outsideEscape(rest: string): [string, number] {
  const char = rest[1] ?? "";
  const codes: Readonly<Record<string, string>> = {
    A: "(?<![\\s\\S])",
    Z: "(?![\\s\\S])",
    b: BOUNDARY,
    B: NO_BOUNDARY,
    W: `[^${WORD}]`,
    D: "\\P{Nd}",
  };
  if (codes[char] !== undefined) return [codes[char], 2];
  const set = CLASSES[char];
  return set === undefined ? sharedEscape(rest) : [`[${set}]`, 2];
}

/** An escape that means the same in a class and outside. */
function sharedEscape(rest: string): [string, number] {
  const char = rest[1] ?? "";
  const coded = /^\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|[1-9]\d?)/.exec(rest);
  if (coded) return [coded[0], coded[0].length];
  if (SHARED_ESCAPES.test(char)) return [`\\${char}`, 2];
  if (char === "a") return ["\\x07", 2];
  if (char === "0") return ["\\0", 2];
  const [whole = ""] = rest.slice(1);
  // Python's other letters are refused, as by JavaScript; a mark that needs no escape must have none.
  const needed = whole === "" || /[A-Za-z]/.test(whole) || SYNTAX.test(whole);
  return [needed ? `\\${whole}` : whole, 1 + whole.length];
}

function charClass(rest: string): [string, number] {
  const negated = rest[1] === "^";
  const members: string[] = [];
  let at = negated ? 2 : 1;
  let hasNonWord = false;
  for (let first = true; at < rest.length && (first || rest[at] !== "]"); first = false) {
    const [code, length] = member(rest.slice(at));
    if (code === "\\W") hasNonWord = true;
    else members.push(code);
    at += length;
  }
  // A class of JavaScript's cannot hold the negation of another.
  const inside = members.join("");
  if (!hasNonWord) return [`[${negated ? "^" : ""}${inside}]`, at + 1];
  const others = inside === "" ? "" : `|[${inside}]`;
  return [negated ? `(?:(?![^${WORD}]${others})[${WORD}])` : `(?:[^${WORD}]${others})`, at + 1];
}

function member(rest: string): [string, number] {
  const char = rest[0] ?? "";
  if (char !== "\\") return [/[[\]^/]/.test(char) ? `\\${char}` : char, 1];
  const next = rest[1] ?? "";
  if (next === "b") return ["\\x08", 2];
  if (next === "W") return ["\\W", 2];
  if (next === "D") return ["\\P{Nd}", 2];
  if (next === "-") return ["\\-", 2];
  const set = CLASSES[next];
  return set === undefined ? sharedEscape(rest) : [set, 2];
}
