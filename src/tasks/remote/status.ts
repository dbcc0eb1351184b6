import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { HOME } from "./home.js";
import { script } from "./script.js";

/** What stands at a path of the machine. */
export interface FileStatus {
  readonly path: string;
  readonly type: "file" | "directory" | "link" | "other";
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Names; the number as a text where there is no name. */
  readonly owner: string;
  readonly group: string;
  /** Bytes. */
  readonly size: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  readonly atime: number;
  readonly ctime: number;
  readonly inode: number;
  readonly device: number;
  readonly nlink: number;
  /** What an `other` is. */
  readonly special?: "fifo" | "socket" | "character" | "block";
  /** Of a link. */
  readonly target?: string;
  /** Of a file that may be read, when it was asked for. */
  readonly checksum?: string;
}

export type ChecksumAlgorithm = "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512";

interface StatusOptions {
  /** What a link leads to, instead of the link. */
  readonly follow?: boolean;
  readonly checksum?: ChecksumAlgorithm;
}

/** What `stat -c` is told to print of a file: one line, which `parseStatus` reads. */
export const STATUS_FORMAT = "status %f %a %u %g %U %G %s %Y %X %Z %i %d %h";

/**
 * Shell text: `farm_status PATH` prints a line of numbers and names; then of a link the target, which may hold anything and so comes last, or of a file
 * the checksum by `${sum}sum`. With follow=-L it is about what a link leads to. Nothing at the path prints nothing.
 */
export const STATUS_FUNCTION = `
farm_status() {
  if [ "$follow" ]; then [ -e "$1" ] || return 0; else [ -e "$1" ] || [ -L "$1" ] || return 0; fi
  stat $follow -c '${STATUS_FORMAT}' -- "$1" || return
  if [ ! "$follow" ] && [ -L "$1" ]; then target=$(readlink -- "$1"; echo x); target=\${target%x}; printf 'target %s' "$target"; fi
  if [ "$sum" ] && [ -f "$1" ] && [ -r "$1" ]; then
    if [ "$follow" ] || [ ! -L "$1" ]; then line=$("\${sum}sum" <"$1") && printf 'checksum %s\\n' "\${line%% *}"; fi
  fi
}`;

const STATUS = `follow=$1 sum=$2; shift 2
export LC_ALL=C
${HOME}
${STATUS_FUNCTION}
farm_status "$1"`;

/** What stands at a path; undefined when nothing does, or when a link that is followed leads nowhere. @throws ModuleFailure */
export async function fileStatus(
  context: ModuleContext,
  path: string,
  { follow = false, checksum }: StatusOptions = {},
): Promise<FileStatus | undefined> {
  const args = [follow ? "-L" : "", checksum ?? "", path];
  const { code, stdout, stderr } = await context.ask({ ...script("status", STATUS, args), readOnly: true });
  if (code !== 0) throw new ModuleFailure(`cannot look at ${path}: ${lastLine(stderr, code)}`);
  return parseStatus(stdout, path);
}

/** What `farm_status` printed. */
export function parseStatus(text: string, path: string): FileStatus | undefined {
  const found =
    /^status ([0-9a-f]+) ([0-7]+) (\d+) (\d+) (\S+) (\S+) (\d+) (-?\d+) (-?\d+) (-?\d+) (\d+) (\d+) (\d+)$/m.exec(
      text,
    );
  if (!found) return undefined;
  const [
    ,
    raw = "",
    mode = "",
    uid,
    gid,
    owner = "",
    group = "",
    size,
    mtime,
    atime,
    ctime,
    inode,
    device,
    nlink,
  ] = found;
  const format = Number.parseInt(raw, 16) & S_IFMT;
  const type = TYPES.get(format) ?? "other";
  const special = SPECIAL.get(format);
  const rest = text.slice(found.index + found[0].length + 1);
  const target = type === "link" ? /^target ([\s\S]*?)\n?$(?![\s\S])/.exec(rest)?.[1] : undefined;
  const checksum = type === "file" ? /^checksum ([0-9a-f]+)$/m.exec(rest)?.[1] : undefined;
  return {
    path,
    type,
    mode: Number.parseInt(mode, 8),
    uid: Number(uid),
    gid: Number(gid),
    owner: owner === "UNKNOWN" ? String(uid) : owner,
    group: group === "UNKNOWN" ? String(gid) : group,
    size: Number(size),
    mtime: Number(mtime),
    atime: Number(atime),
    ctime: Number(ctime),
    inode: Number(inode),
    device: Number(device),
    nlink: Number(nlink),
    ...(special !== undefined && { special }),
    ...(target !== undefined && { target }),
    ...(checksum !== undefined && { checksum }),
  };
}

const S_IFMT = 0o170000;
const TYPES: ReadonlyMap<number, FileStatus["type"]> = new Map([
  [0o100000, "file"],
  [0o040000, "directory"],
  [0o120000, "link"],
]);

const SPECIAL: ReadonlyMap<number, NonNullable<FileStatus["special"]>> = new Map([
  [0o010000, "fifo"],
  [0o020000, "character"],
  [0o060000, "block"],
  [0o140000, "socket"],
]);

/** The last thing a command said, for messages. */
export function lastLine(stderr: string, code: number): string {
  const line = stderr.trim().split("\n").at(-1) ?? "";
  return line.replace(/^(?:sh|[\w-]+): (?:line )?\d+: /, "") || `exit status ${code}`;
}
