import { growGpt, hasGpt } from "./gpt.js";
import { growMbr, hasMbr } from "./mbr.js";
import { type Growth, HEAD_BYTES, SECTOR_BYTES } from "./sectors.js";

export interface GrowQuestion {
  /** The disk's first HEAD_BYTES. */
  readonly head: Buffer;
  /** The disk's new size. */
  readonly diskBytes: number;
  /** Its number in the table. */
  readonly partition: number;
}

/**
 * What to write to a disk that was enlarged so that its last partition fills it: some kilobytes at its head and tail, whatever
 * its size. By farm itself: a hypervisor needs no partitioning program, and nothing has to be copied for one to work on.
 */
export function growPartition({ head, diskBytes, partition }: GrowQuestion): Growth {
  if (head.length < HEAD_BYTES) return { refused: "it is too small for a partition table" };
  const sectors = Math.floor(diskBytes / SECTOR_BYTES);
  if (hasGpt(head)) return growGpt(head, sectors, partition);
  if (hasMbr(head)) return growMbr(head, sectors, partition);
  return {
    refused: "it has no partition table (GPT or MBR)",
    hint: "leave partition_number out: a file system without partitions is the whole disk",
  };
}
