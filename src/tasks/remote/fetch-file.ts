import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext } from "../modules/module.js";
import { decoded, ENCODE, HOME, streamRemote } from "./read.js";
import { script } from "./script.js";
import { LARGE } from "./source-file.js";
import { type FileStatus, lastLine, parseStatus, STATUS_FUNCTION } from "./status.js";

/** Digests of a file, in hexadecimal. */
export interface Digests {
  readonly checksum: string;
  /** Of a small file. */
  readonly md5sum?: string;
}

/** SHA-1 and MD5 of a file of the controller. @throws ModuleFailure */
export async function localDigests(path: string, size: number): Promise<Digests> {
  try {
    if (size <= LARGE) return digestsOf(await readFile(path));
    const hash = createHash("sha1");
    for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
    return { checksum: hash.digest("hex") };
  } catch (error) {
    throw new ModuleFailure(`cannot read ${path} on the controller: ${(error as Error).message}`, {
      dest: path,
    });
  }
}

function digestsOf(content: Buffer): Digests {
  const digest = (algorithm: string) => createHash(algorithm).update(content).digest("hex");
  return { checksum: digest("sha1"), md5sum: digest("md5") };
}

/** A small file comes with the answer to what it is. */
const SMALL = 256 * 1024;

const LOOK = `size=$2 small=$3 follow=-L sum=
export LC_ALL=C
${HOME}${STATUS_FUNCTION}${ENCODE}
[ -e "$1" ] || exit 0
there=$(stat -L -c %s -- "$1") || exit
case $size in any | "$there") sum=sha1 ;; esac
farm_status "$1" || exit
[ -f "$1" ] || exit 0
[ -r "$1" ] || { echo "permission denied" >&2; exit 1; }
[ -z "$sum" ] && [ "$there" -le "$small" ] || exit 0
farm_encode <"$1"`;

export interface ToFetch {
  readonly status: FileStatus;
  /** Of a small file, unless its checksum decides whether it is wanted. */
  readonly content: Buffer | undefined;
}

/** A file that may be fetched. @param size of the file that is here: only one as long is compared, by its checksum, "any" in every case; undefined: there is none @throws ModuleFailure */
export async function lookToFetch(
  context: ModuleContext,
  path: string,
  size: number | "any" | undefined,
): Promise<ToFetch | undefined> {
  const args = [path, String(size ?? ""), String(SMALL)];
  const { code, stdout, stderr } = await context.ask({
    ...script("fetch-look", LOOK, args),
    readOnly: true,
  });
  if (code !== 0) throw new ModuleFailure(`cannot read ${path}: ${lastLine(stderr, code)}`, { file: path });
  const status = parseStatus(stdout, path);
  const isInline = /^(?:base64|hex)$/m.test(stdout);
  return status && { status, content: isInline ? decoded(stdout) : undefined };
}

/** Brings a file of the machine here; it is seen only when all of it has come. @throws ModuleFailure */
export async function fetchFile(
  context: ModuleContext,
  { status, content }: ToFetch,
  to: string,
): Promise<Digests> {
  const part = `${to}.${randomBytes(6).toString("hex")}.part`;
  try {
    await mkdir(dirname(to), { recursive: true });
    if (content) await writeFile(part, content, { flag: "wx" });
    const digests = content ? digestsOf(content) : await receive(context, status.path, part);
    await rename(part, to);
    return digests;
  } catch (error) {
    if (!(error instanceof Error) || !("syscall" in error)) throw error;
    throw new ModuleFailure(`cannot write ${to} on the controller: ${error.message}`, { dest: to });
  } finally {
    await rm(part, { force: true });
  }
}

/** Never whole in memory. */
async function receive(context: ModuleContext, from: string, part: string): Promise<Digests> {
  const hash = createHash("sha1");
  const through = new Transform({
    highWaterMark: LARGE,
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece);
      done(null, piece);
    },
  });
  const file = createWriteStream(part, { flags: "wx", highWaterMark: LARGE });
  let failed: unknown;
  const written = pipeline(through, file).catch((error: unknown) => {
    failed = error;
  });
  try {
    await streamRemote(context, from, through);
    through.end();
  } catch (error) {
    through.destroy();
    await written;
    throw isOfFile(failed) ? failed : error;
  }
  await written;
  if (failed !== undefined) throw failed;
  return { checksum: hash.digest("hex") };
}

const isOfFile = (error: unknown): boolean => error instanceof Error && "syscall" in error;
