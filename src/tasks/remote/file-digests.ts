import { Worker } from "node:worker_threads";

/** Digests of a file, in hexadecimal: SHA-1 and MD5. */
export interface Digests {
  readonly checksum: string;
  readonly md5sum: string;
}

const CODE = `
const { createHash } = require("node:crypto");
const { createReadStream } = require("node:fs");
const { parentPort, workerData } = require("node:worker_threads");
const [sha1, md5] = [createHash("sha1"), createHash("md5")];
createReadStream(workerData, { highWaterMark: 1024 * 1024 })
  .on("data", (piece) => void (sha1.update(piece), md5.update(piece)))
  .on("error", ({ message }) => parentPort.postMessage({ message }))
  .on("end", () => parentPort.postMessage({ checksum: sha1.digest("hex"), md5sum: md5.digest("hex") }));
`;

/** Of a file of the controller, beside all other work: a large one is sent meanwhile. @throws Error when it cannot be read */
export function fileDigests(path: string): Promise<Digests> {
  const worker = new Worker(CODE, { eval: true, workerData: path });
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (answer: Digests | { readonly message: string }) =>
      "message" in answer ? reject(new Error(answer.message)) : resolve(answer),
    );
  });
}
