import { ConfigError } from "../errors.js";
import type { Command } from "../transport/shell.js";
import { formatSize } from "./size.js";
import type { StoredImage } from "./store-layout.js";

// 0600: a guest's disk is nobody else's to read; a libvirtd that runs as root gives it to QEMU's user by itself.
const SCRIPT = `
umask 066; mkdir -p -- "$(dirname -- "$3")" || exit 1
umask 077; exec qemu-img create -q -f qcow2 -b "$1" -F "$2" "$3" \${4:+"$4"}
`;

/**
 * Makes an empty qcow2 overlay of an image: a disk that a guest may write to. `path` is absolute.
 * @throws ConfigError when the size is smaller than the image's.
 */
export function leafCommand(image: StoredImage, path: string, sizeBytes?: number): Command {
  if (sizeBytes !== undefined && sizeBytes < image.virtualSizeBytes)
    throw new ConfigError(
      `a disk of ${formatSize(sizeBytes)} is smaller than its image, which has ${formatSize(image.virtualSizeBytes)}`,
      { hint: "raise the disk's size, or leave it out" },
    );
  const size = sizeBytes === undefined ? "" : String(sizeBytes);
  return { argv: ["sh", "-c", SCRIPT, "farm-leaf", image.path, image.format, path, size], timeoutMs: 60_000 };
}
