import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext } from "../modules/module.js";
import type { FileContent } from "./content.js";

/** A file of the controller that shall be copied. */
export interface SourceFile {
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly bytes: number;
  /** SHA-1. */
  readonly checksum: string;
  /** What is sent: small files, and what was decrypted, are in memory. */
  readonly content: Buffer | FileContent;
}

/** Larger files are sent as they are read. */
export const LARGE = 1024 * 1024;

const VAULT = "$ANSIBLE_VAULT;";

/** @param decrypt whether a vault is sent as what it holds @throws ModuleFailure */
export async function sourceFile(
  path: string,
  decrypt: boolean,
  { controller }: Pick<ModuleContext, "controller">,
): Promise<SourceFile> {
  const { size, mode } = await stat(path).catch(cannotRead(path));
  const common = { path, mode: mode & 0o7777 };
  if (size > LARGE && !(decrypt && (await isVault(path)))) {
    const digests = await digestsOf(path).catch(cannotRead(path));
    return { ...common, ...digests, content: { file: path, ...digests } };
  }
  const content = decrypt ? await controller.read(path) : await readFile(path).catch(cannotRead(path));
  const checksum = createHash("sha1").update(content).digest("hex");
  return { ...common, bytes: content.length, checksum, content };
}

async function isVault(path: string): Promise<boolean> {
  const file = await open(path).catch(cannotRead(path));
  try {
    const head = Buffer.alloc(VAULT.length);
    await file.read(head, 0, head.length, 0);
    return head.toString("latin1") === VAULT;
  } finally {
    await file.close();
  }
}

async function digestsOf(path: string): Promise<{ bytes: number; checksum: string; md5sum: string }> {
  const [sha1, md5] = [createHash("sha1"), createHash("md5")];
  let bytes = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    sha1.update(piece);
    md5.update(piece);
    bytes += piece.length;
  }
  return { bytes, checksum: sha1.digest("hex"), md5sum: md5.digest("hex") };
}

const cannotRead =
  (path: string) =>
  (error: Error): never => {
    throw new ModuleFailure(`cannot read ${path} on the controller: ${error.message}`);
  };
