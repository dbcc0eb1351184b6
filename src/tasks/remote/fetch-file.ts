import { createHash, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext } from "../modules/module.js";
import { type Digests, fileDigests } from "./file-digests.js";
import { script } from "./script.js";
import { type FileStatus, lastLine } from "./status.js";

/** MD5 takes longer than all else: of a larger file nobody is told it. */
const LARGEST_MD5 = 64 * 1024 * 1024;

interface Fetched {
  readonly checksum: string;
  readonly md5sum: string | null;
}

/** Bytes of a file of the controller; undefined when there is none. */
export async function localSize(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

/** SHA-1 and MD5 of a file of the controller. @throws ModuleFailure */
export const localDigests = (path: string): Promise<Digests> =>
  fileDigests(path).catch((error: Error) => {
    throw new ModuleFailure(`cannot read ${path} on the controller: ${error.message}`, { dest: path });
  });

const SEND = `case $1 in "~/"*) set -- "$HOME/\${1#"~/"}" ;; esac
exec cat -- "$1"`;

/** Brings a file of the machine here as it comes: it is never whole in memory, and seen only when all of it has come. @throws ModuleFailure */
export async function fetchFile(context: ModuleContext, from: FileStatus, to: string): Promise<Fetched> {
  const part = `${to}.${randomBytes(6).toString("hex")}.part`;
  try {
    await mkdir(dirname(to), { recursive: true });
    const digests = await receive(context, from, part);
    await rename(part, to);
    return digests;
  } catch (error) {
    if (!(error instanceof Error) || !("syscall" in error)) throw error;
    throw new ModuleFailure(`cannot write ${to} on the controller: ${error.message}`, { dest: to });
  } finally {
    await rm(part, { force: true });
  }
}

async function receive(context: ModuleContext, from: FileStatus, part: string): Promise<Fetched> {
  const sha1 = createHash("sha1");
  const md5 = from.size <= LARGEST_MD5 ? createHash("md5") : undefined;
  let bytes = 0;
  const stdoutTo = new PassThrough({ highWaterMark: 1024 * 1024 });
  const written = pipeline(
    stdoutTo,
    async function* (pieces: AsyncIterable<Buffer>) {
      for await (const piece of pieces) {
        sha1.update(piece);
        md5?.update(piece);
        bytes += piece.length;
        yield piece;
      }
    },
    createWriteStream(part, { flags: "wx", highWaterMark: 1024 * 1024 }),
  );
  // A failing disk ends the transfer by its stream; the command's own failure is told first.
  written.catch(() => undefined);
  const { code, stderr } = await context.ask(script("send", SEND, [from.path]), { stdoutTo });
  stdoutTo.end();
  if (code !== 0) throw new ModuleFailure(`cannot read ${from.path}: ${lastLine(stderr, code)}`);
  await written;
  // What is said to be empty may still hold something: /proc has such.
  if (bytes < from.size)
    throw new ModuleFailure(`cannot read ${from.path}: it became shorter meanwhile`, { file: from.path });
  return { checksum: sha1.digest("hex"), md5sum: md5?.digest("hex") ?? null };
}
