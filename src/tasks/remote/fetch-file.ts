import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext } from "../modules/module.js";
import { remoteParts } from "./read.js";
import type { FileStatus } from "./status.js";

/** Digests of a file, in hexadecimal. */
export interface Digests {
  readonly checksum: string;
  readonly md5sum: string;
}

/** SHA-1 and MD5 of a file of the controller; undefined when there is none. @throws ModuleFailure */
export async function localDigests(path: string): Promise<Digests | undefined> {
  const [sha1, md5] = [createHash("sha1"), createHash("md5")];
  try {
    for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
      sha1.update(piece);
      md5.update(piece);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ModuleFailure(`cannot read ${path} on the controller: ${(error as Error).message}`, {
      dest: path,
    });
  }
  return { checksum: sha1.digest("hex"), md5sum: md5.digest("hex") };
}

/** Brings a file of the machine here, by parts: it is never whole in memory, and seen only when all of it has come. @throws ModuleFailure */
export async function fetchFile(context: ModuleContext, from: FileStatus, to: string): Promise<Digests> {
  const part = `${to}.${randomBytes(6).toString("hex")}.part`;
  try {
    await mkdir(dirname(to), { recursive: true });
    const digests = await receive(context, from, part);
    if (from.checksum !== undefined && digests.checksum !== from.checksum)
      throw new ModuleFailure(`checksum mismatch: ${from.path} changed while it was fetched`, {
        file: from.path,
        dest: to,
        checksum: digests.checksum,
        remote_checksum: from.checksum,
      });
    await rename(part, to);
    return digests;
  } catch (error) {
    if (!(error instanceof Error) || !("syscall" in error)) throw error;
    throw new ModuleFailure(`cannot write ${to} on the controller: ${error.message}`, { dest: to });
  } finally {
    await rm(part, { force: true });
  }
}

async function receive(context: ModuleContext, from: FileStatus, part: string): Promise<Digests> {
  const [sha1, md5] = [createHash("sha1"), createHash("md5")];
  const file = await open(part, "wx");
  try {
    for await (const piece of remoteParts(context, from)) {
      sha1.update(piece);
      md5.update(piece);
      await file.writeFile(piece);
    }
  } finally {
    await file.close();
  }
  return { checksum: sha1.digest("hex"), md5sum: md5.digest("hex") };
}
