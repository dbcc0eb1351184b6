/** The environment that `export -p` told of, and what stands behind it. */
export interface Exports {
  readonly env: Readonly<Record<string, string>>;
  readonly rest: string;
}

const STATEMENT = /(?:export|declare -[a-zA-Z]+) ([A-Za-z_][A-Za-z0-9_]*)(=)?/y;

/**
 * Reads statements `export NAME=WORD`, as dash, busybox and bash write them for themselves to read: each quotes differently, and
 * a quoted value may hold anything. Ends at the first line that is something else.
 */
export function parseExports(text: string): Exports {
  const entries: [string, string][] = [];
  let at = 0;
  for (;;) {
    STATEMENT.lastIndex = at;
    const [statement, name = "", equals] = STATEMENT.exec(text) ?? [];
    if (statement === undefined) break;
    const word = readWord(text, at + statement.length);
    if (word === undefined) break;
    // Without a value it is exported, and not set.
    if (equals) entries.push([name, word.value]);
    at = word.end + 1;
  }
  return { env: Object.fromEntries(entries), rest: text.slice(at) };
}

/** Up to the end of its line; undefined when a quote in it never ends. */
function readWord(text: string, start: number): { value: string; end: number } | undefined {
  const parts: string[] = [];
  let at = start;
  while (at < text.length && text.charAt(at) !== "\n") {
    const part = readPart(text, at);
    if (part === undefined) return undefined;
    parts.push(part.value);
    at = part.end;
  }
  return { value: parts.join(""), end: at };
}

function readPart(text: string, at: number): { value: string; end: number } | undefined {
  if (text.startsWith("$'", at)) return quoted(text, at + 2, "'", ansiText);
  const character = text.charAt(at);
  if (character === '"') return quoted(text, at + 1, '"', (inner) => inner.replace(/\\(["$`\\\n])/g, "$1"));
  if (character === "\\") return { value: text.charAt(at + 1), end: at + 2 };
  if (character !== "'") return { value: character, end: at + 1 };
  const close = text.indexOf("'", at + 1);
  return close < 0 ? undefined : { value: text.slice(at + 1, close), end: close + 1 };
}

/** A quotation in which a backslash keeps the next character from ending it. */
function quoted(text: string, start: number, quote: string, plain: (inner: string) => string) {
  let at = start;
  while (at < text.length && text.charAt(at) !== quote) at += text.charAt(at) === "\\" ? 2 : 1;
  return at < text.length ? { value: plain(text.slice(start, at)), end: at + 1 } : undefined;
}

const ESCAPE = /\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|([\s\S]))/g;
const LETTERS: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  E: "\x1b",
  e: "\x1b",
};

/** What bash writes for control characters, and in the C locale for each byte of others: `two\nlines`, `\303\244`. */
function ansiText(inner: string): string {
  const bytes = Buffer.from(inner).toString("latin1");
  const plain = bytes.replace(ESCAPE, (_, octal?: string, hex?: string, letter = "") => {
    const digits = octal ?? hex;
    if (digits === undefined) return LETTERS[letter] ?? letter;
    return String.fromCharCode(Number.parseInt(digits, octal === undefined ? 16 : 8) & 255);
  });
  return Buffer.from(plain, "latin1").toString("utf8");
}
