/** What a result keeps of a stream unless told otherwise: its last 16 MiB. */
const DEFAULT_MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** The last bytes of a stream, however long it is. */
export class OutputBuffer {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  /** Chunks before this one are already dropped; the array is compacted from time to time only. */
  #first = 0;
  #size = 0;
  #cut = false;

  constructor(limit: number = DEFAULT_MAX_OUTPUT_BYTES) {
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    for (let head = this.#chunks[this.#first]; head && this.#size - head.length >= this.#limit; ) {
      this.#size -= head.length;
      this.#first += 1;
      this.#cut = true;
      head = this.#chunks[this.#first];
    }
    if (this.#first > 1024) {
      this.#chunks = this.#chunks.slice(this.#first);
      this.#first = 0;
    }
  }

  /** UTF-8, with U+FFFD for what is not; a character cut in two by the limit is left out. */
  text(): string {
    const all = Buffer.concat(this.#chunks.slice(this.#first), this.#size);
    const start = Math.max(0, all.length - this.#limit);
    return all.subarray(this.#cut || start > 0 ? nextCharacter(all, start) : 0).toString("utf8");
  }
}

/** Skips at most the three continuation bytes that a character can have. */
function nextCharacter(bytes: Buffer, start: number): number {
  let at = start;
  while (at < start + 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return at;
}
