import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext } from "../modules/module.js";
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
  /** Of a link. */
  readonly target?: string;
  /** Of a file, when it was asked for. */
  readonly checksum?: string;
}

export type ChecksumAlgorithm = "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512";

interface StatusOptions {
  /** What a link leads to, instead of the link. */
  readonly follow?: boolean;
  readonly checksum?: ChecksumAlgorithm;
}

/**
 * Shell text: `farm_status PATH` prints a line of numbers and names, then the target of a link and the checksum of a file, each on a line that
 * says how many bytes it has: names hold anything but NUL. Nothing at the path prints nothing.
 */
export const STATUS_FUNCTION = `
farm_status() {
  if [ "$follow" ]; then [ -e "$1" ] || return 0; else [ -e "$1" ] || [ -L "$1" ] || return 0; fi
  stat $follow -c 'status %f %a %u %g %U %G %s %Y %X %Z %i %d %h' -- "$1" || return
  if [ ! "$follow" ] && [ -L "$1" ]; then target=$(readlink -- "$1"; echo x); target=\${target%x}; printf 'target %s' "$target"; fi
  if [ "$sum" ] && [ -f "$1" ]; then
    if [ "$follow" ] || [ ! -L "$1" ]; then line=$("\${sum}sum" <"$1") && printf 'checksum %s\\n' "\${line%% *}"; fi
  fi
}`;

const STATUS = `follow=$1 sum=$2; shift 2
export LC_ALL=C
case $1 in "~/"*) set -- "$HOME/\${1#"~/"}" ;; esac
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
  const target = /^target ([\s\S]*?)\n?(?:^checksum |$(?![\s\S]))/m.exec(text)?.[1];
  const checksum = /^checksum ([0-9a-f]+)$/m.exec(text)?.[1];
  return {
    path,
    type: typeOf(Number.parseInt(raw, 16)),
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

const typeOf = (mode: number): FileStatus["type"] => TYPES.get(mode & S_IFMT) ?? "other";

/** The last thing a command said, for messages. */
export function lastLine(stderr: string, code: number): string {
  const line = stderr.trim().split("\n").at(-1) ?? "";
  return line.replace(/^(?:sh|[\w-]+): (?:line )?\d+: /, "") || `exit status ${code}`;
}
