import { createReadStream, readFileSync } from "node:fs";
import { ConfigError } from "../../errors.js";

const MAX_BYTES = 4 * 1024 * 1024;

/** Reads a text file that the user named, of 4 MiB at most. @throws ConfigError in plain words. */
export async function readUserFile(path: string): Promise<string> {
  // One byte more tells that a file is too large: it may be a device or a pipe, which never ends.
  const bytes = await firstBytes(path, MAX_BYTES + 1);
  if (bytes.byteLength > MAX_BYTES) throw new ConfigError(`${path} is larger than ${MAX_BYTES >> 20} MiB`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ConfigError(`${path} is not a UTF-8 text`, { cause });
  }
}

/** As `readUserFile`, of any size, at once. @throws ConfigError in plain words. */
export function readUserFileNow(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new ConfigError(`cannot read ${path}: ${reasonOf(cause as NodeJS.ErrnoException)}`, { cause });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ConfigError(`${path} is not a UTF-8 text`, { cause });
  }
}

/** The beginning of a file that the user named, of any kind. @throws ConfigError in plain words. */
export async function firstBytes(path: string, count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(path, { end: count - 1 })) chunks.push(chunk as Buffer);
  } catch (cause) {
    throw new ConfigError(`cannot read ${path}: ${reasonOf(cause as NodeJS.ErrnoException)}`, { cause });
  }
  return Buffer.concat(chunks);
}

/** Why a file could not be had, in plain words. */
export function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "no such file";
  if (error.code === "EISDIR") return "it is a directory";
  if (error.code === "ENOTDIR") return "a part of its path is not a directory";
  if (error.code === "ELOOP") return "its symbolic links go round in a circle";
  if (error.code === "ENAMETOOLONG") return "its name is too long";
  if (error.code === "EACCES") return "permission denied";
  return error.code ?? error.message;
}
