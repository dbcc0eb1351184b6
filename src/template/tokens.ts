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
  /(\s+)|([\p{L}_][\p{L}\p{N}_]*)|("(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*')|(\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?|0[xXoObB][\da-fA-F]+)|(\*\*|\/\/|[=!<>]=|[-+*/%~|.,:()[\]{}<>=])/uy;

/**
 * How backslashes in strings are read: as Python's escapes, or, as Ansible reads `{{ }}` in YAML, each for itself.
 */
export type Backslashes = "escapes" | "plain";

/** @throws ConfigError when a character or a bracket has no place in an expression. */
export function tokenize(expression: string, backslashes: Backslashes = "escapes"): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let depth = 0;
  while (at < expression.length) {
    PATTERN.lastIndex = at;
    const found = PATTERN.exec(expression);
    if (found === null) throw unexpected(expression, at);
    at = PATTERN.lastIndex;
    const [text, space] = found;
    depth += nesting(text);
    if (depth < 0) throw new ConfigError("syntax error in expression: a bracket is closed but not open");
    if (depth > MAX_NESTING) throw new ConfigError("the expression is nested too deeply");
    if (space === undefined) tokens.push(tokenOf(found, backslashes));
  }
  if (depth > 0) throw new ConfigError("syntax error in expression: a bracket is not closed");
  return tokens;
}

const nesting = (text: string): number => (/^[([{]$/.test(text) ? 1 : /^[)\]}]$/.test(text) ? -1 : 0);

function tokenOf([text, , name, string, number]: RegExpExecArray, backslashes: Backslashes): Token {
  if (name !== undefined) return { kind: "name", text, value: text };
  if (string !== undefined) return { kind: "string", text, value: contentOf(text.slice(1, -1), backslashes) };
  return { kind: number === undefined ? "operator" : "number", text, value: text };
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
};

const contentOf = (body: string, backslashes: Backslashes): string =>
  backslashes === "escapes" ? resolveEscapes(body) : body.replace(/\\(['"])/g, "$1");

/** Python's escapes; `\d`, `\1` and `\b` stay as they are, which regular expressions count on. */
function resolveEscapes(body: string): string {
  return body.replace(/\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|([\s\S]))/g, (whole, hex, unicode, char) => {
    if (hex ?? unicode) return String.fromCharCode(Number.parseInt(hex ?? unicode, 16));
    return SIMPLE[char] ?? whole;
  });
}
