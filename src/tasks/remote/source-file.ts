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
  /** SHA-1; reads a large file when it is first asked for. @throws ModuleFailure */
  checksum(): Promise<string>;
  /** What is sent: small files, and what was decrypted, are in memory. */
  readonly content: Buffer | FileContent;
}

/** Larger files are sent as they are read. */
export const LARGE = 1024 * 1024;

const PIECE_BYTES = 256 * 1024;

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
    const checksum = onlyOnce(() => checksumOf(path, size).catch(cannotRead(path)));
    return { ...common, bytes: size, checksum, content: { file: path, bytes: size, checksum } };
  }
  const content = decrypt ? await controller.read(path) : await readFile(path).catch(cannotRead(path));
  const checksum = onlyOnce(async () => createHash("sha1").update(content).digest("hex"));
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

/** Of as much as is sent, if it grows meanwhile. */
async function checksumOf(path: string, bytes: number): Promise<string> {
  const hash = createHash("sha1");
  for await (const piece of createReadStream(path, { end: bytes - 1, highWaterMark: PIECE_BYTES }))
    hash.update(piece as Buffer);
  return hash.digest("hex");
}

function onlyOnce<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const cannotRead =
  (path: string) =>
  (error: Error): never => {
    throw new ModuleFailure(`cannot read ${path} on the controller: ${error.message}`);
  };
