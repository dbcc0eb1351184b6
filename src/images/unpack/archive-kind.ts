/** How an archive is compressed, by its first bytes: its name may say anything. */
export type ArchiveKind = "gzip" | "xz" | "bzip2" | "zstd" | "zip" | "tar";

const MAGIC: readonly (readonly [ArchiveKind, string])[] = [
  ["gzip", "1f8b"],
  ["xz", "fd377a585a00"],
  ["bzip2", "425a68"],
  ["zstd", "28b52ffd"],
  ["zip", "504b0304"],
];
/** Of a tar archive's first header, which is longer than what is looked at: the name's field, then octal digits. */
const TAR_MODE = { from: 100, to: 107 };

/** Undefined for what is no archive that farm unpacks. */
export function archiveKind(head: Buffer): ArchiveKind | undefined {
  const found = MAGIC.find(([, magic]) => head.toString("hex").startsWith(magic));
  if (found) return found[0];
  const mode = head.toString("latin1", TAR_MODE.from, TAR_MODE.to);
  return /^[0-7]{6,7} ?$/.test(mode) && head[0] !== 0 ? "tar" : undefined;
}
