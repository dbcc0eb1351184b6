import { gzipSync } from "node:zlib";
import type { Command } from "../../transport/shell.js";

const SCRIPT = `
umask 077
trap 'rm -f -- "$1.part"' EXIT
gzip -dc >"$1.part" && size=$(stat -c %s -- "$1.part") || exit 1
[ "$size" = "$2" ] || { echo "only $size of $2 bytes arrived" >&2; exit 1; }
mv -f -- "$1.part" "$1"
`;

/** Writes a seed disk, which is nearly all zeros, to an absolute path: packed it takes no way of its own to the hypervisor. */
export const seedCommand = (path: string, image: Buffer): Command => ({
  argv: ["sh", "-c", SCRIPT, "farm-seed", path, String(image.length)],
  stdin: gzipSync(image),
  timeoutMs: 60_000,
});
