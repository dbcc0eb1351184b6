import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext } from "../modules/module.js";
import { script } from "./script.js";
import { type FileStatus, lastLine, parseStatus, STATUS_FUNCTION } from "./status.js";

/** A file of the machine with all of its bytes. */
export interface RemoteFile {
  readonly status: FileStatus;
  readonly content: Buffer;
}

const MIB = 1024 * 1024;

/** What one answer holds: a command's output is kept up to 16 MiB, and base64 makes four bytes of three. */
const PART_MIB = 8;

/** The largest file that is taken into memory. */
const MOST = 256 * MIB;

const HOME = `case $1 in "~/"*) path="$HOME/\${1#"~/"}"; shift; set -- "$path" "$@" ;; esac`;

const ENCODE = `
farm_encode() { if command -v base64 >/dev/null 2>&1; then echo base64; base64; else echo hex; od -An -v -tx1; fi; }`;

const READ = `follow=-L sum=
export LC_ALL=C
${HOME}${STATUS_FUNCTION}${ENCODE}
farm_status "$1" || exit
[ -e "$1" ] || exit 0
[ ! -d "$1" ] || { echo "it is a directory" >&2; exit 1; }
[ -r "$1" ] || { echo "permission denied" >&2; exit 1; }
[ "$(stat -L -c %s -- "$1")" -le ${PART_MIB * MIB} ] || exit 0
farm_encode <"$1"`;

const READ_PART = `${HOME}${ENCODE}
dd if="$1" bs=${MIB} skip="$2" count=${PART_MIB} 2>/dev/null | farm_encode`;

/** A file and what it holds, links followed; undefined when nothing is there. @throws ModuleFailure for a directory and the like */
export async function readRemote(context: ModuleContext, path: string): Promise<RemoteFile | undefined> {
  const { code, stdout, stderr } = await context.ask({ ...script("read", READ, [path]), readOnly: true });
  if (code !== 0) throw new ModuleFailure(`cannot read ${path}: ${lastLine(stderr, code)}`);
  const status = parseStatus(stdout, path);
  if (!status) return undefined;
  if (status.size <= PART_MIB * MIB) return { status, content: decoded(stdout) };
  if (status.size > MOST)
    throw new ModuleFailure(
      `cannot read ${path}: its ${status.size} bytes are too many; fetch takes it as a file`,
    );
  const parts: Buffer[] = [];
  for await (const part of remoteParts(context, status)) parts.push(part);
  return { status, content: Buffer.concat(parts) };
}

/** A file's bytes, 8 MiB at a time. A smaller file is read to its end, whatever its size is said to be: /proc has such. @throws ModuleFailure, also when it has become shorter */
export async function* remoteParts(
  context: ModuleContext,
  { path, size }: Pick<FileStatus, "path" | "size">,
): AsyncGenerator<Buffer> {
  if (size <= PART_MIB * MIB) {
    const file = await readRemote(context, path);
    if (!file) throw new ModuleFailure(`cannot read ${path}: it is gone`);
    return yield file.content;
  }
  for (let at = 0; at < size; at += PART_MIB * MIB) {
    const command = script("read-part", READ_PART, [path, String(at / MIB)]);
    const { code, stdout, stderr } = await context.ask({ ...command, readOnly: true });
    if (code !== 0) throw new ModuleFailure(`cannot read ${path}: ${lastLine(stderr, code)}`);
    const part = decoded(stdout).subarray(0, size - at);
    if (part.length < Math.min(size - at, PART_MIB * MIB))
      throw new ModuleFailure(`cannot read ${path}: it became shorter meanwhile`);
    yield part;
  }
}

/** What stands behind the name of its encoding. */
function decoded(text: string): Buffer {
  const [, encoding, body = ""] = /^(base64|hex)\n([\s\S]*)$/m.exec(text) ?? [];
  if (encoding === "hex") return Buffer.from(body.replace(/\s/g, ""), "hex");
  return Buffer.from(body, "base64");
}
