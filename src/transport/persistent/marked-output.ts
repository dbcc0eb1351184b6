/** How a session says what became of a command: its exit status, and whether the session can take another one. */
export interface EndMark {
  readonly code: number;
  readonly clean: boolean;
}

/**
 * One stream of a session, taken apart: what is said before a command's begin is nobody's, what comes after it is the
 * command's. The marks of session-script.ts hold a number that the command cannot know. After the end, what still comes
 * is a child's that the command has left behind; a run without a session would have it too.
 */
export class MarkedOutput {
  /** Set once the end was seen. */
  end: EndMark | undefined;
  #begun: boolean;
  readonly #begin: Buffer;
  readonly #endStart: Buffer;
  /** What may be the beginning of a mark. */
  #kept: Buffer = Buffer.alloc(0);

  /** @param begun true for stderr, which has no begin mark. */
  constructor(nonce: string, begun: boolean) {
    this.#begun = begun;
    this.#begin = Buffer.from(`\u0001${nonce}>\u0001`);
    this.#endStart = Buffer.from(`\u0001${nonce}<`);
  }

  get begun(): boolean {
    return this.#begun;
  }

  /** What of this chunk, and of what was kept of the last, is the command's. */
  take(chunk: Buffer): Buffer {
    if (this.end) return chunk;
    const all = this.#kept.length > 0 ? Buffer.concat([this.#kept, chunk]) : chunk;
    this.#kept = Buffer.alloc(0);
    return this.#begun ? this.#untilEnd(all) : this.#fromBegin(all);
  }

  #fromBegin(all: Buffer): Buffer {
    const at = all.indexOf(this.#begin);
    if (at < 0) {
      this.#kept = all.subarray(possibleStart(all, this.#begin));
      return Buffer.alloc(0);
    }
    this.#begun = true;
    return this.#untilEnd(all.subarray(at + this.#begin.length));
  }

  #untilEnd(all: Buffer): Buffer {
    const at = all.indexOf(this.#endStart);
    const after = at + this.#endStart.length;
    const close = at < 0 ? -1 : all.indexOf(1, after);
    if (close < 0) {
      const keep = at < 0 ? possibleStart(all, this.#endStart) : at;
      this.#kept = all.subarray(keep);
      return all.subarray(0, keep);
    }
    const [code, state] = all.toString("latin1", after, close).split(" ");
    this.end = { code: Number(code) & 0xff, clean: state === "clean" };
    return close + 1 < all.length
      ? Buffer.concat([all.subarray(0, at), all.subarray(close + 1)])
      : all.subarray(0, at);
  }
}

/** Where the last bytes begin that could be the first ones of a mark; the length when there are none. */
function possibleStart(bytes: Buffer, mark: Buffer): number {
  const first = Math.max(0, bytes.length - mark.length + 1);
  for (let at = bytes.indexOf(1, first); at >= 0; at = bytes.indexOf(1, at + 1)) {
    if (mark.subarray(0, bytes.length - at).equals(bytes.subarray(at))) return at;
  }
  return bytes.length;
}
