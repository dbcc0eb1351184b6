import { createHash } from "node:crypto";
import { open, readFile, stat } from "node:fs/promises";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import type { FileContent } from "./file-digests.js";
import { type Digests, fileDigests, SentDigests } from "./file-digests.js";

/** A file of the controller that shall be copied. */
export interface SourceFile {
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly bytes: number;
  /** SHA-1 and MD5; of a large file they are found out when somebody asks. */
  readonly digests: () => Promise<Digests>;
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
    const sent = new SentDigests(size);
    const digests = once(async () => sent.whole() ?? fileDigests(path).catch(cannotRead(path)));
    const onPiece = (piece: Buffer) => sent.take(piece);
    return { ...common, bytes: size, digests, content: { file: path, bytes: size, onPiece, digests } };
  }
  const content = decrypt ? await controller.read(path) : await readFile(path).catch(cannotRead(path));
  return { ...common, bytes: content.length, digests: once(async () => digestsOf(content)), content };
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

/** Of what is in memory. */
export function digestsOf(content: Uint8Array): Digests {
  const digest = (algorithm: string) => createHash(algorithm).update(content).digest("hex");
  return { checksum: digest("sha1"), md5sum: digest("md5") };
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}

const cannotRead =
  (path: string) =>
  (error: Error): never => {
    throw new ModuleFailure(`cannot read ${path} on the controller: ${error.message}`);
  };
