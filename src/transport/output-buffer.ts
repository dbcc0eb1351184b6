import { StringDecoder } from "node:string_decoder";

/** What a result keeps of a stream unless told otherwise: its last 16 MiB. */
const DEFAULT_MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** A small chunk costs more memory than it has bytes. */
const MANY = 1024;

/** The last bytes of a stream, however long it is. */
export class OutputBuffer {
  readonly #limit: number;
  /** All there is, as long as it fits. */
  #chunks: Buffer[] = [];
  /** So many of them are many small ones, joined. */
  #joined = 0;
  #size = 0;
  /** Then a ring of `limit` bytes, so that the chunks need not stay in memory. */
  #ring: Buffer | undefined;
  /** Where the ring's oldest byte is. */
  #oldest = 0;

  constructor(limit: number = DEFAULT_MAX_OUTPUT_BYTES) {
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    if (this.#ring) this.#overwrite(this.#ring, chunk);
    else this.#keep(chunk);
  }

  /** UTF-8, with U+FFFD for what is not; a character cut in two by the limit is left out. */
  text(): string {
    if (this.#ring) return this.#ringText(this.#ring);
    const decoder = new StringDecoder("utf8");
    const text = this.#chunks.map((chunk) => decoder.write(chunk)).join("");
    return text + decoder.end();
  }

  /** Turned round where it is: as one piece it becomes one text, with no copy more. */
  #ringText(ring: Buffer): string {
    ring.subarray(0, this.#oldest).reverse();
    ring.subarray(this.#oldest).reverse();
    ring.reverse();
    this.#oldest = 0;
    return ring.toString("utf8", afterCut(ring));
  }

  #keep(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size > this.#limit) {
      this.#ring = Buffer.allocUnsafeSlow(this.#limit);
      for (const kept of this.#chunks) this.#overwrite(this.#ring, kept);
      this.#chunks = [];
    } else if (this.#chunks.length - this.#joined >= MANY) {
      this.#chunks.push(Buffer.concat(this.#chunks.splice(this.#joined)));
      this.#joined += 1;
    }
  }

  #overwrite(ring: Buffer, chunk: Buffer): void {
    const tail = chunk.subarray(Math.max(0, chunk.length - ring.length));
    const first = tail.copy(ring, this.#oldest);
    tail.copy(ring, 0, first);
    this.#oldest = ring.length === 0 ? 0 : (this.#oldest + tail.length) % ring.length;
  }
}

/** How many of the first bytes belong to a character that was cut off: at most the three that continue one. */
function afterCut(bytes: Buffer): number {
  let at = 0;
  while (at < 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return at;
}
