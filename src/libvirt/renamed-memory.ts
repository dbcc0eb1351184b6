import type { Command } from "../transport/shell.js";
import { type Connection, withXml } from "./virsh.js";

// A file of saved memory: a header of 92 bytes in the machine's byte order (magic, version, length of the data, was running, compressed, offset of
// the cookie in the data), the data (the domain's XML with a NUL, and libvirt's cookie), QEMU's own stream. `restore --xml` refuses another name, so
// the XML in the data is replaced.
const SCRIPT = `
uri=$1 memory=$2 directory=$3
new=$directory/memory
umask 077
cat >"$new.xml" || exit 1
magic=$(od -A n -N 20 -t x1 -- "$memory" | tr -d ' \\n') || exit 1
[ "$magic" = 4c69627669727451656d75645361766502000000 ] || { echo "$memory is not in the format that farm can rename" >&2; exit 1; }
number() { od -A n -j "$1" -N 4 -t u4 -- "$memory" | tr -d ' '; }
bytes() { printf "$(printf '\\\\%03o\\\\%03o\\\\%03o\\\\%03o' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)))"; }
data=$(number 20) cookie=$(number 32)
length=$(($(wc -c <"$new.xml") + 1))
[ "$cookie" -gt 0 ] && from=$cookie at=$length || from=$data at=0
trap 'rm -f -- "$new" "$new.xml"' EXIT
{
  head -c 20 -- "$memory" &&
    bytes $((length + data - from)) &&
    tail -c +25 -- "$memory" | head -c 8 &&
    bytes $at &&
    tail -c +37 -- "$memory" | head -c 56 &&
    cat -- "$new.xml" && printf '\\0' &&
    tail -c +$((92 + from + 1)) -- "$memory"
} >"$new" || exit 1
virsh -q -c "$uri" restore --file "$new" --running`;

/**
 * Goes on with a saved guest under another name and UUID: those in the XML, which comes on stdin and must be alike in all that QEMU knows.
 * Copies the memory, into the directory, for as long as it takes.
 */
export const restoreRenamed = (to: Connection, memory: string, xml: string, directory: string): Command =>
  withXml(to, SCRIPT, xml, [memory, directory], 120_000);
