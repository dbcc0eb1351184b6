import { ConfigError } from "../errors.js";

/** A piece of a Jinja expression. A string's `value` is its content, escapes resolved. */
export interface Token {
  readonly kind: "name" | "string" | "number" | "operator" | "end";
  readonly text: string;
  readonly value: string;
}

const MAX_NESTING = 60;
const END: Token = { kind: "end", text: "", value: "" };
const PATTERN =
  /(\s+)|([\p{L}_][\p{L}\p{N}_]*)|("(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*')|(\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?|0[xXoObB][\da-fA-F]+)|(\*\*|\/\/|[=!<>]=|[-+*/%~|.,:()[\]{}<>=])/uy;

/** @throws ConfigError when a character or a bracket has no place in an expression. */
export function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let depth = 0;
  while (at < expression.length) {
    PATTERN.lastIndex = at;
    const found = PATTERN.exec(expression);
    if (found === null) throw unexpected(expression, at);
    at = PATTERN.lastIndex;
    const [text, space, name, string, number] = found;
    if (space !== undefined) continue;
    if (/^[([{]$/.test(text) && ++depth > MAX_NESTING) throw new ConfigError("expression is nested too deeply");
    if (/^[)\]}]$/.test(text)) depth--;
    if (name !== undefined) tokens.push({ kind: "name", text, value: text });
    else if (string !== undefined) tokens.push({ kind: "string", text, value: unescape(text.slice(1, -1)) });
    else tokens.push({ kind: number === undefined ? "operator" : "number", text, value: text });
  }
  return tokens;
}

/** The token at an index; beyond either end, one that matches nothing. */
export const tokenAt = (tokens: readonly Token[], index: number): Token => tokens[index] ?? END;

function unexpected(expression: string, at: number): ConfigError {
  const char = expression[at] ?? "";
  const what = char === "'" || char === '"' ? "a string is not closed" : `unexpected character '${char}'`;
  return new ConfigError(`syntax error in expression: ${what}`);
}

const SIMPLE: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "\n": "",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
};

/** Python's escapes: one that it does not know, such as `\d`, stays as it is, which regular expressions count on. */
function unescape(body: string): string {
  return body.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|([0-7]{1,3})|([^]))/g,
    (whole, hex, unicode, octal, char) => {
      if (hex ?? unicode) return String.fromCharCode(Number.parseInt(hex ?? unicode, 16));
      if (octal) return String.fromCharCode(Number.parseInt(octal, 8));
      return SIMPLE[char] ?? whole;
    },
  );
}
