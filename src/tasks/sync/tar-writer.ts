import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { ModuleFailure } from "../module/failure.js";
import type { TreeEntry } from "./tree.js";

const BLOCK = 512;
const PIECE_BYTES = 1024 * 1024;
const TYPE: Readonly<Record<TreeEntry["type"], string>> = { file: "0", link: "2", directory: "5" };

/**
 * Writes a tar archive of GNU's format, which busybox reads too.
 * @param before text to be ahead of it @param sourceOf where a file's content is @returns its bytes @throws ModuleFailure when a file cannot be read, or is no longer as long as it was
 */
export async function writeTar(
  to: string,
  before: string,
  entries: readonly TreeEntry[],
  sourceOf: (entry: TreeEntry) => string,
): Promise<number> {
  const handle = await open(to, "wx", 0o600);
  try {
    let { bytesWritten: bytes } = await handle.write(Buffer.from(before));
    for (const entry of entries) {
      bytes += (await handle.write(tarHeaders(entry))).bytesWritten;
      if (entry.type === "file") bytes += await writeContent(handle, sourceOf(entry), entry.size);
    }
    return bytes + (await handle.write(Buffer.alloc(2 * BLOCK))).bytesWritten;
  } finally {
    await handle.close();
  }
}

async function writeContent(to: FileHandle, source: string, size: number): Promise<number> {
  let bytes = 0;
  try {
    if (size > 0)
      for await (const piece of createReadStream(source, { end: size - 1, highWaterMark: PIECE_BYTES }))
        bytes += (await to.write(piece as Buffer)).bytesWritten;
  } catch (error) {
    throw new ModuleFailure(`cannot read ${source} on the controller: ${(error as Error).message}`);
  }
  if (bytes !== size) throw new ModuleFailure(`${source} on the controller changed while it was read`);
  const rest = (BLOCK - (size % BLOCK)) % BLOCK;
  if (rest > 0) await to.write(Buffer.alloc(rest));
  return size + rest;
}

/** The header of an entry, with those for a long name or a long target before it. */
export function tarHeaders(entry: TreeEntry): Buffer {
  const name = entry.type === "directory" ? `${entry.name}/` : entry.name;
  const blocks: Buffer[] = [];
  for (const [type, text] of [
    ["K", entry.target ?? ""],
    ["L", name],
  ] as const) {
    const bytes = Buffer.from(`${text}\0`);
    if (bytes.length <= 101) continue;
    const padded = Buffer.alloc(Math.ceil(bytes.length / BLOCK) * BLOCK);
    bytes.copy(padded);
    blocks.push(
      header({ ...entry, mode: 0, size: bytes.length, mtime: 0 }, "././@LongLink", type, ""),
      padded,
    );
  }
  const size = entry.type === "file" ? entry.size : 0;
  blocks.push(header({ ...entry, size }, name, TYPE[entry.type], entry.target ?? ""));
  return Buffer.concat(blocks);
}

function header(entry: TreeEntry, name: string, type: string, target: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  Buffer.from(name).copy(block, 0, 0, 100);
  number(block, 100, 8, entry.mode);
  number(block, 108, 8, entry.uid);
  number(block, 116, 8, entry.gid);
  number(block, 124, 12, entry.size);
  number(block, 136, 12, Math.max(0, entry.mtime));
  block.write("        ", 148, "latin1");
  block.write(type, 156, "latin1");
  Buffer.from(target).copy(block, 157, 0, 100);
  block.write("ustar  \0", 257, "latin1");
  Buffer.from(entry.owner).copy(block, 265, 0, 31);
  Buffer.from(entry.group).copy(block, 297, 0, 31);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** Octal digits; more than they can say in GNU's binary form. */
function number(block: Buffer, at: number, length: number, value: number): void {
  const digits = value.toString(8).padStart(length - 1, "0");
  if (digits.length < length) {
    block.write(`${digits}\0`, at, "latin1");
    return;
  }
  let rest = BigInt(value);
  for (let index = length - 1; index > 0; index--) {
    block[at + index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  block[at] = 0x80;
}
