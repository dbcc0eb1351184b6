/** The logical sector of nearly all virtual disks: partition tables count in it. */
export const SECTOR_BYTES = 512;

/** How much of a disk's beginning `growPartition` needs: the MBR, the GPT's header and 128 entries. */
export const HEAD_BYTES = 34 * SECTOR_BYTES;

/** Partitions end at whole mebibytes, as partitioning programs let them. */
const ALIGNMENT = 2048;

/** The last sector that a partition may have which ends where it is aligned, `last` at most. */
export function alignedEnd(last: number, oldEnd: number): number {
  const aligned = Math.floor((last + 1) / ALIGNMENT) * ALIGNMENT - 1;
  return Math.max(aligned, oldEnd);
}

/** Bytes to be written at an offset of a disk. */
export interface DiskWrite {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** What to write so that a partition fills the disk, or why it cannot. */
export type Growth =
  | { readonly writes: readonly DiskWrite[] }
  | { readonly refused: string; readonly hint?: string };

/** A partition that has room, as a table's own words. */
export interface Partition {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  /** For people when it can hold no file system that grows with it: `LVM`, `swap`. */
  readonly unfit: string | undefined;
}

/** Why a partition is not the one to grow; undefined when it is. */
export function whyNot(partitions: readonly Partition[], wanted: number): Growth | undefined {
  const chosen = partitions.find(({ number }) => number === wanted);
  const numbers = partitions.map(({ number }) => number).sort((a, b) => a - b);
  if (!chosen)
    return {
      refused: `there is no partition ${wanted}`,
      hint: numbers.length > 0 ? `there are ${numbers.join(", ")}` : "its partition table is empty",
    };
  const last = partitions.reduce((a, b) => (b.start > a.start ? b : a));
  if (last.number !== wanted)
    return {
      refused: `partition ${last.number}${last.unfit ? ` (${last.unfit})` : ""} lies behind partition ${wanted}`,
      hint: "only the last partition of a disk can grow into new room",
    };
  if (chosen.unfit !== undefined)
    return {
      refused: `partition ${wanted} is ${chosen.unfit}, whose contents do not grow with it`,
      hint: "leave partition_number out, and let a phase use the new room",
    };
  return undefined;
}
