import { createHash, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { type Digests, fileDigests, LARGEST_MD5 } from "./file-digests.js";
import { HOME } from "./home.js";
import { decoded, ENCODE, streamRemote } from "./read.js";
import { script } from "./script.js";
import { digestsOf, LARGE } from "./source-file.js";
import { type FileStatus, lastLine, parseStatus, STATUS_FUNCTION } from "./status.js";

const PIECE_BYTES = 1024 * 1024;

/** SHA-1 and MD5 of a file of the controller. @throws ModuleFailure */
export async function localDigests(path: string, size: number): Promise<Digests> {
  try {
    return await (size <= LARGE ? readFile(path).then(digestsOf) : fileDigests(path));
  } catch (error) {
    const why = (error as Error).message;
    throw new ModuleFailure(`cannot read ${path} on the controller: ${why}`, { dest: path });
  }
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
  /** With the checksum, where it decides whether the file is wanted. */
  readonly status: FileStatus;
  /** Of a small file that is wanted in any case. */
  readonly content: Buffer | undefined;
}

/**
 * Looks at a file of the machine; undefined: there is none. One question.
 * @param size of the file that is here: only one of as many bytes is compared, by its checksum; "any" always is
 * @throws ModuleFailure when it cannot be read
 */
export async function lookToFetch(
  context: ModuleContext,
  path: string,
  size: number | "any" | undefined,
): Promise<ToFetch | undefined> {
  const args = [path, String(size ?? ""), String(SMALL)];
  const command = { ...script("fetch-look", LOOK, args), readOnly: true };
  const { code, stdout, stderr } = await context.ask(command);
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
    const fetched = content ? digestsOf(content) : await receive(context, status, part);
    await rename(part, to);
    return fetched;
  } catch (error) {
    if (!isOfFile(error)) throw error;
    throw new ModuleFailure(`cannot write ${to} on the controller: ${error.message}`, { dest: to });
  } finally {
    await rm(part, { force: true });
  }
}

/** As it comes: it is never whole in memory. */
async function receive(context: ModuleContext, { path, size }: FileStatus, part: string): Promise<Digests> {
  const sha1 = createHash("sha1");
  const md5 = size <= LARGEST_MD5 ? createHash("md5") : undefined;
  const through = new Transform({
    highWaterMark: PIECE_BYTES,
    transform(piece: Buffer, _encoding, done) {
      sha1.update(piece);
      md5?.update(piece);
      done(null, piece);
    },
  });
  const file = createWriteStream(part, { flags: "wx", highWaterMark: PIECE_BYTES });
  const written = pipeline(through, file).then(
    () => undefined,
    (error: unknown) => error,
  );
  try {
    await streamRemote(context, path, through);
    through.end();
  } catch (error) {
    through.destroy();
    const failed = await written;
    // A full disk ends the transfer too, and is the reason then.
    throw isOfFile(failed) ? failed : error;
  }
  const failed = await written;
  if (failed !== undefined) throw failed;
  return { checksum: sha1.digest("hex"), md5sum: md5?.digest("hex") ?? null };
}

const isOfFile = (error: unknown): error is Error => error instanceof Error && "syscall" in error;
