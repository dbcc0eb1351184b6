import type { Command } from "../../transport/shell.js";
import { type ImageMeta, type IndexEntry, imagePath, indexPath, metaPath } from "../layout/store-layout.js";
import { companions } from "./partial.js";

// The image's own rename is the commit point; what describes it is there before, so that no reader sees one without the
// other. An image that is there already has guests on it and is left alone.
const SCRIPT = `
part=$1 final=$2 meta=$3 meta_json=$4 index=$5 index_json=$6
umask 077
put() { printf '%s\\n' "$2" >"$1.$$.part" && mv -f -- "$1.$$.part" "$1"; }
if [ -n "$part" ]; then
  chmod 0444 -- "$part" && sync -- "$part" && put "$meta" "$meta_json" || exit 1
  if [ "$(stat -c %s -- "$part")" = "$(stat -c %s -- "$final" 2>/dev/null)" ]; then rm -f -- "$part"
  else mv -f -- "$part" "$final" || exit 1; fi
  rm -f -- "$part".*
fi
put "$index" "$index_json"
`;

export interface Commit {
  readonly images: string;
  readonly key: string;
  readonly entry: IndexEntry;
  /** Absent for an image that is used in place: only the index is written. */
  readonly part?: string;
}

export function commitCommand({ images, key, entry, part = "" }: Commit): Command {
  const { sha256, sha512, format, virtualSizeBytes, sizeBytes } = entry;
  const meta: ImageMeta = { sha256, ...(sha512 && { sha512 }), format, virtualSizeBytes, sizeBytes };
  const paths = [part, imagePath(images, meta), metaPath(images, sha256), JSON.stringify(meta)];
  return {
    argv: ["sh", "-c", SCRIPT, "farm-commit", ...paths, indexPath(images, key), JSON.stringify(entry)],
    timeoutMs: 600_000,
  };
}

/** A partial file, or the directory that a callback works in. */
export const removeCommand = (part: string): Command => ({
  argv: ["rm", "-rf", "--", part, ...companions(part)],
  timeoutMs: 30_000,
});
