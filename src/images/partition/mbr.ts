import { alignedEnd, type Growth, type Partition, SECTOR_BYTES, whyNot } from "./sectors.js";

const FIRST_ENTRY = 446;
const ENTRY_BYTES = 16;
/** Sectors are counted in 32 bits: 2 TiB. */
const MOST_SECTORS = 0xffffffff;

const UNFIT: Readonly<Record<number, string>> = {
  5: "an extended partition",
  15: "an extended partition",
  133: "an extended partition",
  130: "swap",
  142: "LVM",
  239: "an EFI system partition",
  253: "a RAID member",
};

export function hasMbr(head: Buffer): boolean {
  const signed = head[510] === 0x55 && head[511] === 0xaa;
  // A file system's boot sector bears the same signature: there, these bytes are code.
  const flags = [0, 1, 2, 3].map((index) => head[FIRST_ENTRY + ENTRY_BYTES * index]);
  return signed && flags.every((flag) => flag === 0 || flag === 0x80) && partitionsOf(head).length > 0;
}

/** @see growPartition: the case of an MBR. Only the first sector is written. */
export function growMbr(head: Buffer, sectors: number, wanted: number): Growth {
  if (wanted > 4)
    return {
      refused: `partition ${wanted} is a logical one`,
      hint: "only a primary partition of an MBR can grow",
    };
  const refusal = whyNot(partitionsOf(head), wanted);
  if (refusal) return refusal;
  const mbr = Buffer.from(head.subarray(0, SECTOR_BYTES));
  const at = FIRST_ENTRY + ENTRY_BYTES * (wanted - 1);
  const start = mbr.readUInt32LE(at + 8);
  const oldEnd = start + mbr.readUInt32LE(at + 12) - 1;
  if (oldEnd >= sectors)
    return { refused: `partition ${wanted} ends beyond the new size`, hint: "raise the size" };
  const end = alignedEnd(sectors - 1, oldEnd);
  if (end > MOST_SECTORS)
    return { refused: "its MBR can tell of 2 TiB at most", hint: "choose a smaller size" };
  mbr.writeUInt32LE(end - start + 1, at + 12);
  // Cylinders, heads and sectors that nothing uses any more; this is what stands for "too far to be told".
  mbr.set([0xfe, 0xff, 0xff], at + 5);
  return { writes: [{ offset: 0, bytes: mbr }] };
}

const partitionsOf = (head: Buffer): Partition[] =>
  [0, 1, 2, 3].flatMap((index) => {
    const at = FIRST_ENTRY + ENTRY_BYTES * index;
    const [type = 0, start, count] = [head[at + 4], head.readUInt32LE(at + 8), head.readUInt32LE(at + 12)];
    if (type === 0 || count === 0) return [];
    return [{ number: index + 1, start, end: start + count - 1, unfit: UNFIT[type] }];
  });
