import { gzipSync } from "node:zlib";
import { ConfigError } from "../../errors.js";
import type { Command } from "../../transport/shell.js";
import { formatSize } from "../../values/size.js";
import type { StoredImage } from "../layout/store-layout.js";
import type { DiskWrite } from "../partition/sectors.js";

// 0600: a guest's disk is nobody else's to read; a libvirtd that runs as root gives it to QEMU's user by itself. What is
// written to it comes by stdin, one piece behind the other, packed; pairs of offset and length follow the size. The disk has its
// name only when all of it is there.
const SCRIPT = `
image=$1 format=$2 path=$3 size=$4
shift 4
umask 066; mkdir -p -- "\${path%/*}" || exit 1
umask 077
trap 'rm -f -- "$path.part" "$path.piece"' EXIT
qemu-img create -q -f qcow2 -b "$image" -F "$format" "$path.part" \${size:+"$size"} || exit 1
[ $# = 0 ] || gzip -dc | while [ $# -gt 0 ]; do
  dd bs=512 count=$(($2 / 512)) iflag=fullblock status=none >"$path.piece" || exit 1
  said=$(qemu-io -f qcow2 -c "write -s /dev/fd/3 $1 $2" "$path.part" 3<"$path.piece" 2>&1) &&
  case $said in "wrote $2/$2 bytes at offset $1"*) ;; *) false ;; esac || { printf '%s\\n' "$said" >&2; exit 1; }
  shift 2
done || exit 1
mv -f -- "$path.part" "$path"
`;

/**
 * Makes an empty qcow2 overlay of an image, with some of its bytes changed: a disk that a guest may write to. `path` is absolute.
 * Whole sectors are written.
 * @throws ConfigError when the size is smaller than the image's.
 */
export function leafCommand(
  image: StoredImage,
  path: string,
  sizeBytes?: number,
  writes: readonly DiskWrite[] = [],
): Command {
  if (sizeBytes !== undefined && sizeBytes < image.virtualSizeBytes)
    throw new ConfigError(
      `a disk of ${formatSize(sizeBytes)} is smaller than its image, which has ${formatSize(image.virtualSizeBytes)}`,
      { hint: "raise the disk's size, or leave it out" },
    );
  const size = sizeBytes === undefined ? "" : String(sizeBytes);
  const places = writes.flatMap(({ offset, bytes }) => [String(offset), String(bytes.length)]);
  return {
    argv: ["sh", "-c", SCRIPT, "farm-leaf", image.path, image.format, path, size, ...places],
    ...(writes.length > 0 && { stdin: gzipSync(Buffer.concat(writes.map(({ bytes }) => bytes))) }),
    timeoutMs: 60_000,
  };
}
