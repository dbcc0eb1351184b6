import { HOME } from "./home.js";
import { STATUS_FUNCTION } from "./status.js";

/**
 * Script for FOLLOW SUM MIME ATTRIBUTES PATH, where what is not wanted is empty: what the task's user may do, sizes on the disk, the kind of content and
 * the file system's flags, a line each; then what `farm_status` prints; then behind a NUL where a link leads in the end.
 */
export const STAT = `follow=$1 sum=$2 mime=$3 attributes=$4; shift 4
export LC_ALL=C
${HOME}
${STATUS_FUNCTION}
if [ "$follow" ]; then [ -e "$1" ] || exit 0; else [ -e "$1" ] || [ -L "$1" ] || exit 0; fi
may=
[ ! -r "$1" ] || may=r
[ ! -w "$1" ] || may=\${may}w
[ ! -x "$1" ] || may=\${may}x
echo "may $may"
stat $follow -c 'disk %b %o %t %T' -- "$1" || exit
if [ "$mime" ] && command -v file >/dev/null 2>&1; then
  echo "mime $(file --brief --mime-type --mime-encoding -- "$1" 2>/dev/null | head -n 1)"
fi
if [ "$attributes" ] && command -v lsattr >/dev/null 2>&1; then
  echo "attributes $(lsattr -vd -- "$1" 2>/dev/null | head -n 1)"
fi
farm_status "$1" || exit
[ "$follow" ] || [ ! -L "$1" ] || { printf '\\0'; readlink -f -- "$1" || :; }`;

/** The flags of ext4 and the like by their letters. */
const FLAGS: Readonly<Record<string, string>> = {
  A: "noatime",
  a: "append",
  c: "compressed",
  C: "nocow",
  d: "nodump",
  D: "dirsync",
  e: "extents",
  E: "encrypted",
  h: "blocksize",
  i: "immutable",
  I: "indexed",
  j: "journalled",
  N: "inline",
  s: "zero",
  S: "synchronous",
  t: "notail",
  T: "blockroot",
  u: "undelete",
  X: "compressedraw",
  Z: "compresseddirty",
};

/** Ansible's fields of stat that find does not tell. @param text what STAT printed */
export function moreStatFields(
  text: string,
  wants: { readonly mime: boolean; readonly attributes: boolean },
): Record<string, unknown> {
  const [told = "", source] = text.split("\0");
  // Behind its status a link's target may look like anything.
  const [lines = ""] = told.split(/^status /m, 1);
  const may = /^may (\w*)$/m.exec(lines)?.[1] ?? "";
  const [, blocks, size, major = "0", minor = "0"] =
    /^disk (\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+)$/m.exec(lines) ?? [];
  return {
    readable: may.includes("r"),
    writeable: may.includes("w"),
    executable: may.includes("x"),
    blocks: Number(blocks ?? 0),
    block_size: Number(size ?? 0),
    device_type: deviceNumber(Number.parseInt(major, 16), Number.parseInt(minor, 16)),
    ...(wants.mime && mimeFields(lines)),
    ...(wants.attributes && flagFields(lines)),
    ...(source !== undefined && { lnk_source: source.replace(/\n$/, "") }),
  };
}

/** As Linux puts both together. */
const deviceNumber = (major: number, minor: number): number =>
  (minor & 0xff) + (major & 0xfff) * 2 ** 8 + (minor & ~0xff) * 2 ** 12 + (major & ~0xfff) * 2 ** 32;

function mimeFields(lines: string): Record<string, string> {
  const [, mimetype = "unknown", charset = "unknown"] = /^mime ([^;\n]+); charset=(\S+)$/m.exec(lines) ?? [];
  return { mimetype, charset };
}

function flagFields(lines: string): Record<string, unknown> {
  const [, version = null, letters = ""] = /^attributes +(\d+) +([-A-Za-z]+) /m.exec(lines) ?? [];
  const flags = letters.replaceAll("-", "");
  return { version, attr_flags: flags, attributes: [...flags].flatMap((letter) => FLAGS[letter] ?? []) };
}
