import { isUtf8 } from "node:buffer";

/** Where a byte that is no UTF-8 goes in a text: Python's surrogateescape, U+DC80 to U+DCFF. */
const BASE = 0xdc00;
const ESCAPED = /([\udc80-\udcff])/u;

/** Bytes as text that `losslessBytes` turns back into the same bytes, whatever they are; for pieces of a stream, one after the other. */
export class LosslessDecoder {
  /** The beginning of a character whose rest has not come yet. */
  #rest: Buffer = Buffer.alloc(0);

  write(chunk: Buffer): string {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const whole = bytes.length - cutAtEnd(bytes);
    this.#rest = Buffer.from(bytes.subarray(whole));
    return decoded(bytes.subarray(0, whole));
  }

  /** What is left of a stream that ended within a character. */
  end(): string {
    const text = decoded(this.#rest);
    this.#rest = Buffer.alloc(0);
    return text;
  }
}

/** The bytes that a text was made of. */
export function losslessBytes(text: string): Buffer {
  if (!ESCAPED.test(text)) return Buffer.from(text);
  // Every other piece is one escaped byte.
  const pieces = text.split(ESCAPED);
  return Buffer.concat(
    pieces.map((piece, at) =>
      at % 2 === 1 ? Buffer.from([piece.charCodeAt(0) - BASE]) : Buffer.from(piece),
    ),
  );
}

function decoded(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  let text = "";
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = lengthOf(bytes[at] ?? 0);
    if (length > 0 && at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length))) {
      at += length;
      continue;
    }
    text += bytes.toString("utf8", from, at) + String.fromCharCode(BASE + (bytes[at] ?? 0));
    at += 1;
    from = at;
  }
  return text + bytes.toString("utf8", from);
}

/** Of the character that a byte begins; 0 for one that begins none. */
function lengthOf(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte >= 0xc2 && byte < 0xe0) return 2;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  return byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
}

/** How many of the last bytes begin a character that they do not end. */
function cutAtEnd(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    return lengthOf(byte) > back ? back : 0;
  }
  return 0;
}
