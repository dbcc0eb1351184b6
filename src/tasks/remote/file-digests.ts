import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import type { LocalFile } from "../../transport/shell.js";

/** A file of the controller that is sent as it is read, or one that the machine has already. */
export type FileContent = (LocalFile | { readonly onMachine: string; readonly bytes: number }) & {
  readonly digests: () => Promise<Pick<Digests, "checksum"> & Partial<Digests>>;
};

/** MD5 takes longer than all else: of a larger file nobody is told it. */
export const LARGEST_MD5 = 64 * 1024 * 1024;

/** Digests of a file, in hexadecimal. */
export interface Digests {
  /** SHA-1. */
  readonly checksum: string;
  /** Null where the file is too large. */
  readonly md5sum: string | null;
}

const CODE = `
const { createHash } = require("node:crypto");
const { createReadStream, statSync } = require("node:fs");
const { parentPort, workerData } = require("node:worker_threads");
const sha1 = createHash("sha1");
const { path, largest } = workerData;
const md5 = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= largest ? createHash("md5") : undefined;
createReadStream(path, { highWaterMark: 1024 * 1024 })
  .on("data", (piece) => void (sha1.update(piece), md5?.update(piece)))
  .on("error", ({ message }) => parentPort.postMessage({ message }))
  .on("end", () => parentPort.postMessage({ checksum: sha1.digest("hex"), md5sum: md5?.digest("hex") ?? null }));
`;

/** Of a file of the controller, beside all other work. @throws Error when it cannot be read */
export function fileDigests(path: string): Promise<Digests> {
  const worker = new Worker(CODE, { eval: true, workerData: { path, largest: LARGEST_MD5 } });
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (answer: Digests | { readonly message: string }) =>
      "message" in answer ? reject(new Error(answer.message)) : resolve(answer),
    );
  });
}

/** Of what is sent, on its way: the file is read once, and the digests are those of what the machine got. */
export class SentDigests {
  readonly #bytes: number;
  readonly #sha1 = createHash("sha1");
  readonly #md5;
  #seen = 0;

  constructor(bytes: number) {
    this.#bytes = bytes;
    this.#md5 = bytes <= LARGEST_MD5 ? createHash("md5") : undefined;
  }

  take(piece: Buffer): void {
    this.#seen += piece.length;
    this.#sha1.update(piece);
    this.#md5?.update(piece);
  }

  /** Undefined unless all of it was sent, and once. */
  whole(): Digests | undefined {
    if (this.#seen !== this.#bytes) return undefined;
    return { checksum: this.#sha1.digest("hex"), md5sum: this.#md5?.digest("hex") ?? null };
  }
}
