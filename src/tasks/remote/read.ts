import { Writable } from "node:stream";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { HOME } from "./home.js";
import { script } from "./script.js";
import { type FileStatus, lastLine, parseStatus, STATUS_FUNCTION } from "./status.js";

/** A file of the machine with all of its bytes. */
export interface RemoteFile {
  readonly status: FileStatus;
  readonly content: Buffer;
}

const MIB = 1024 * 1024;

/** What goes with the status: a command's output is kept up to 16 MiB, and base64 makes four bytes of three. */
const INLINE = 8 * MIB;

/** The largest file that is taken into memory. */
const MOST = 256 * MIB;

/** Shell text: `farm_encode` prints stdin in ASCII, as `decoded` reads it. */
export const ENCODE = `
farm_encode() { if command -v base64 >/dev/null 2>&1; then echo base64; base64; else echo hex; od -An -v -tx1; fi; }`;

const READ = `follow=-L sum=
export LC_ALL=C
${HOME}${STATUS_FUNCTION}${ENCODE}
farm_status "$1" || exit
[ -e "$1" ] || exit 0
[ ! -d "$1" ] || { echo "it is a directory" >&2; exit 1; }
[ -r "$1" ] || { echo "permission denied" >&2; exit 1; }
[ "$(stat -L -c %s -- "$1")" -le ${INLINE} ] || exit 0
farm_encode <"$1"`;

/** A file that changes on the way is none that ever was. */
const STREAM = `export LC_ALL=C
${HOME}
before=$(stat -L -c '%s %y %i' -- "$1") || exit
cat -- "$1" || exit
[ "$(stat -L -c '%s %y %i' -- "$1")" = "$before" ] || { echo "it changed while it was read" >&2; exit 1; }`;

/** A file and what it holds, links followed; undefined when nothing is there. @throws ModuleFailure for a directory and the like */
export async function readRemote(context: ModuleContext, path: string): Promise<RemoteFile | undefined> {
  const { code, stdout, stderr } = await context.ask({ ...script("read", READ, [path]), readOnly: true });
  if (code !== 0) throw new ModuleFailure(`cannot read ${path}: ${lastLine(stderr, code)}`);
  const status = parseStatus(stdout, path);
  if (!status) return undefined;
  if (status.size <= INLINE) return { status, content: decoded(stdout) };
  if (status.size > MOST)
    throw new ModuleFailure(
      `cannot read ${path}: its ${status.size} bytes are too many; fetch takes it as a file`,
    );
  return { status, content: await collected(context, path) };
}

async function collected(context: ModuleContext, path: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  const all = new Writable({
    write(part: Buffer, _encoding, done) {
      parts.push(part);
      done();
    },
  });
  await streamRemote(context, path, all);
  return Buffer.concat(parts);
}

/** Writes what a file of the machine holds to a stream, however long it is, and does not end that. @throws ModuleFailure */
export async function streamRemote(context: ModuleContext, path: string, to: Writable): Promise<void> {
  const command = { ...script("stream", STREAM, [path]), readOnly: true };
  const { code, stderr } = await context.ask(command, { stdoutTo: to });
  if (code !== 0) throw new ModuleFailure(`cannot read ${path}: ${lastLine(stderr, code)}`);
}

/** What stands behind the name of its encoding. */
export function decoded(text: string): Buffer {
  const [, encoding, body = ""] = /^(base64|hex)\n([\s\S]*)$/m.exec(text) ?? [];
  if (encoding === "hex") return Buffer.from(body.replace(/\s/g, ""), "hex");
  return Buffer.from(body, "base64");
}
