import { ESCAPES } from "./python-pattern.js";

/** In a text also the quotes, and the end of a line, which goes. */
const TEXT_ESCAPES: Readonly<Record<string, string>> = { ...ESCAPES, "'": "'", '"': '"', "\n": "" };

/** A text in which `\n`, `\x41`, `\101` and the like stand for bytes, as in Python; what is no escape stays. */
export function unescaped(text: string): Buffer {
  const plain = Buffer.from(text).toString("latin1");
  const bytes = plain.replace(/\\(?:x([0-9A-Fa-f]{2})|([0-7]{1,3})|([\s\S]))/g, (whole, hex, octal, char) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
    return TEXT_ESCAPES[char] ?? whole;
  });
  return Buffer.from(bytes, "latin1");
}

/** Files one behind the other: each begins a line, with the delimiter, if there is one, on lines of its own between them. */
export function joinFragments(fragments: readonly Buffer[], delimiter = ""): Buffer {
  const between = unescaped(delimiter);
  const parts: Buffer[] = [];
  for (const [index, fragment] of fragments.entries()) {
    const last = fragments[index - 1];
    if (last && !endsLine(last)) parts.push(NEWLINE);
    if (last && between.length > 0) parts.push(between, ...(endsLine(between) ? [] : [NEWLINE]));
    parts.push(fragment);
  }
  return Buffer.concat(parts);
}

const NEWLINE = Buffer.from("\n");

const endsLine = (bytes: Buffer): boolean => bytes.at(-1) === 0x0a;
