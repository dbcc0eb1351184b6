import type { Command } from "../../transport/shell.js";
import type { ArchiveKind } from "./archive-kind.js";

// Everything is unpacked to a stream: no name in an archive ever becomes a path. What is written is what the disk has room for, less
// a reserve that guests need; one byte more tells that there was more. Holes stay holes.
const SCRIPT = `
kind=$1 archive=$2 member=$3 part=$4 reserve=$5
umask 077
need() { command -v "$1" >/dev/null 2>&1 || { echo "missing $1" >&2; exit 127; }; }
stream() {
  case $kind in
    gzip) need gzip; gzip -dc <"$archive" ;;
    xz) need xz; xz -dc -T0 <"$archive" ;;
    bzip2) need bzip2; bzip2 -dc <"$archive" ;;
    zstd) need zstd; zstd -dc <"$archive" ;;
    *) cat -- "$archive" ;;
  esac
}
case $kind in
  zip) need unzip ;;
  tar) need tar ;;
  *) need "$kind" ;;
esac
if [ "$part" = "" ]; then
  case $kind in
    zip) unzip -Z1 -- "$archive" ;;
    *)
      head=$(stream 2>/dev/null | head -c 262 | tail -c 5 | tr -d '\\0')
      if [ "$head" != ustar ]; then echo single; exit 0; fi
      need tar; echo tar; stream | tar -tf - --quoting-style=escape ;;
  esac
  exit
fi
status=$(mktemp) || exit 1
trap 'rm -f -- "$status"' EXIT
room=$(($(stat -f -c '%a * %S' -- "$(dirname -- "$part")") - reserve))
[ "$room" -gt 0 ] || room=0
{
  case $kind$member in
    zip*) unzip -p -- "$archive" "$member" ;;
    *) if [ -n "$member" ]; then stream | tar -xOf - --no-wildcards -- "$member"; else stream; fi ;;
  esac
  echo "$?" >"$status"
} | head -c $((room + 1)) | dd of="$part" bs=1M iflag=fullblock conv=sparse status=none || exit 1
bytes=$(stat -c %s -- "$part")
printf 'bytes %s\\nroom %s\\nended %s\\n' "$bytes" "$room" "$(cat "$status")"
printf 'magic %s\\n' "$(head -c 128 -- "$part" | od -An -v -tx1 | tr -d ' \\n')"
`;

/** What is left free for whoever else uses the disk. */
const RESERVE_BYTES = 64 * 2 ** 20;
const UNPACK_MS = 2 * 3600_000;

const command = (words: readonly string[]): Command => ({
  argv: ["sh", "-c", SCRIPT, "farm-unpack", ...words],
  env: { LC_ALL: "C" },
  timeoutMs: UNPACK_MS,
});

/** Lists an archive; changes nothing. */
export const listCommand = (kind: ArchiveKind, archive: string): Command => ({
  ...command([kind, archive, "", "", "0"]),
  readOnly: true,
});

/** Unpacks one member, or all of what is one compressed file, to a partial file. */
export const unpackCommand = (kind: ArchiveKind, archive: string, member: string, part: string): Command =>
  command([kind, archive, member, part, String(RESERVE_BYTES)]);

/** The names in an archive; `single` for a compressed file that is no archive. */
export function parseList(kind: ArchiveKind, stdout: string): "single" | readonly string[] {
  const lines = stdout.split("\n").filter(Boolean);
  if (kind === "zip") return lines;
  return lines[0] === "tar" ? lines.slice(1) : "single";
}

export interface Unpacked {
  readonly bytes: number;
  readonly room: number;
  /** Exit status of the program that unpacked. */
  readonly ended: number;
  readonly magic: Buffer;
}

/** Undefined when the output is not what the script prints. */
export function parseUnpacked(stdout: string): Unpacked | undefined {
  const match = /^bytes (\d+)\nroom (\d+)\nended (\d*)\nmagic ([0-9a-f]*)$/m.exec(stdout);
  if (!match) return undefined;
  const [, bytes, room, ended, magic = ""] = match;
  return {
    bytes: Number(bytes),
    room: Number(room),
    ended: ended === "" ? 1 : Number(ended),
    magic: Buffer.from(magic, "hex"),
  };
}
