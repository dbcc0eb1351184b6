const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
};

/** For whoever wrote something else. */
export const SIZE_FORM = "a size is a number with K, M, G or T: 20G";

/** A disk is counted in sectors of this many bytes. */
const SECTOR = 512;

/**
 * Bytes of `10G`, `10GiB`, `10GB`, `1.5T`, `512M` or a number of bytes, rounded up to whole sectors; undefined for
 * what is no size. Units are powers of 1024 however they are written, as in qemu-img.
 */
export function parseSize(size: number | string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(String(size).trim());
  const unit = UNITS[(match?.[2] ?? "").toUpperCase()];
  if (!match || unit === undefined) return undefined;
  const bytes = Math.ceil((Number(match[1]) * unit) / SECTOR) * SECTOR;
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** `10 GiB`, `1.5 MiB`, `512 bytes`: for people. */
export function formatSize(bytes: number): string {
  const unit = ["TiB", "GiB", "MiB", "KiB"].find((name) => bytes >= (UNITS[name.charAt(0)] ?? 1));
  if (!unit) return `${bytes} bytes`;
  return `${Number((bytes / (UNITS[unit.charAt(0)] ?? 1)).toFixed(1))} ${unit}`;
}
