import { crc32 } from "./crc32.js";
import { alignedEnd, type Growth, type Partition, SECTOR_BYTES, whyNot } from "./sectors.js";

const SIGNATURE = "EFI PART";
/** Offsets in the header, by the UEFI specification, 5.3.2. */
const AT = {
  headerSize: 12,
  headerCrc: 16,
  myLba: 24,
  alternateLba: 32,
  firstUsable: 40,
  lastUsable: 48,
  entriesLba: 72,
  entryCount: 80,
  entrySize: 84,
  entriesCrc: 88,
};
const ENTRY_AT = { firstLba: 32, lastLba: 40 };

/** Types as they stand on the disk: the first three groups little-endian. */
const UNFIT: Readonly<Record<string, string>> = {
  "28732ac11ff8d211ba4b00a0c93ec93b": "an EFI system partition",
  "79d3d6e607f5c244a23c238f2a3df928": "LVM",
  "6dfd5706aba4c44384e50933c84b4f4f": "swap",
  "0f889da1fc053b4da006743f0f84911e": "a RAID member",
  cb7c7dcaed63534c861c1742536059cc: "encrypted (LUKS)",
  "4861682149646f6e744e656564454649": "a BIOS boot partition",
};
const UNUSED = "0".repeat(32);

export const hasGpt = (head: Buffer): boolean =>
  head.toString("latin1", SECTOR_BYTES, SECTOR_BYTES + 8) === SIGNATURE;

interface Gpt {
  readonly header: Buffer;
  readonly entries: Buffer;
  readonly entrySize: number;
}

/** @see growPartition: the case of a GPT. Both of its copies are written anew, the second at the disk's new end. */
export function growGpt(head: Buffer, sectors: number, wanted: number): Growth {
  const gpt = readGpt(head);
  if ("refused" in gpt) return gpt;
  const refusal = hybrid(head) ?? whyNot(partitionsOf(gpt), wanted);
  if (refusal) return refusal;
  const { header, entries, entrySize } = gpt;
  const alternate = sectors - 1;
  const lastUsable = alternate - entries.length / SECTOR_BYTES - 1;
  const entry = entries.subarray((wanted - 1) * entrySize, wanted * entrySize);
  const oldEnd = lba(entry, ENTRY_AT.lastLba);
  if (oldEnd > lastUsable)
    return {
      refused: `partition ${wanted} ends beyond what the new size has room for`,
      hint: "raise the size",
    };
  entry.writeBigUInt64LE(BigInt(alignedEnd(lastUsable, oldEnd)), ENTRY_AT.lastLba);
  const copy = { alternate, lastUsable, entries };
  const secondEntries = lastUsable + 1;
  const primary = sealed(header, { ...copy, my: 1, other: alternate, entriesLba: 2 });
  const second = sealed(header, { ...copy, my: alternate, other: 1, entriesLba: secondEntries });
  return {
    writes: [
      { offset: secondEntries * SECTOR_BYTES, bytes: Buffer.concat([entries, second]) },
      { offset: 0, bytes: Buffer.concat([protective(head, sectors), primary, entries]) },
    ],
  };
}

function readGpt(head: Buffer): Gpt | { readonly refused: string; readonly hint?: string } {
  const sector = Buffer.from(head.subarray(SECTOR_BYTES, 2 * SECTOR_BYTES));
  const size = sector.readUInt32LE(AT.headerSize);
  const damaged = { refused: "its GPT is damaged", hint: "look at it with sgdisk --verify" };
  if (size < 92 || size > SECTOR_BYTES || !sealHolds(sector, size) || lba(sector, AT.myLba) !== 1)
    return damaged;
  const [count, entrySize] = [sector.readUInt32LE(AT.entryCount), sector.readUInt32LE(AT.entrySize)];
  const bytes = count * entrySize;
  const start = 2 * SECTOR_BYTES;
  if (
    lba(sector, AT.entriesLba) !== 2 ||
    entrySize < 128 ||
    bytes % SECTOR_BYTES !== 0 ||
    start + bytes > head.length
  )
    return { refused: "its GPT is of an unusual layout", hint: "leave partition_number out" };
  const entries = Buffer.from(head.subarray(start, start + bytes));
  if (crc32(entries) !== sector.readUInt32LE(AT.entriesCrc)) return damaged;
  return { header: sector, entries, entrySize };
}

function partitionsOf({ entries, entrySize }: Gpt): Partition[] {
  return Array.from({ length: entries.length / entrySize }, (_, index) => {
    const entry = entries.subarray(index * entrySize, (index + 1) * entrySize);
    const type = entry.toString("hex", 0, 16);
    const [start, end] = [lba(entry, ENTRY_AT.firstLba), lba(entry, ENTRY_AT.lastLba)];
    return { number: index + 1, start, end, unfit: UNFIT[type], used: type !== UNUSED };
  }).filter(({ used }) => used);
}

/** A table of each kind that disagree after one has changed would be a trap. */
function hybrid(head: Buffer): Growth | undefined {
  const types = [0, 1, 2, 3].map((index) => head[446 + 16 * index + 4]);
  if (types.every((type) => type === 0 || type === 0xee)) return undefined;
  return { refused: "it has an MBR of its own beside its GPT", hint: "leave partition_number out" };
}

interface Copy {
  readonly my: number;
  readonly other: number;
  readonly entriesLba: number;
  readonly lastUsable: number;
  readonly entries: Buffer;
}

/** A header for one of the two places, with its checksums. */
function sealed(header: Buffer, { my, other, entriesLba, lastUsable, entries }: Copy): Buffer {
  const sector = Buffer.from(header);
  const put = (at: number, value: number) => sector.writeBigUInt64LE(BigInt(value), at);
  put(AT.myLba, my);
  put(AT.alternateLba, other);
  put(AT.lastUsable, lastUsable);
  put(AT.entriesLba, entriesLba);
  sector.writeUInt32LE(crc32(entries), AT.entriesCrc);
  sector.writeUInt32LE(headerCrc(sector, sector.readUInt32LE(AT.headerSize)), AT.headerCrc);
  return sector;
}

const sealHolds = (sector: Buffer, size: number): boolean =>
  headerCrc(sector, size) === sector.readUInt32LE(AT.headerCrc);

/** Over the header with its own field as zeros. */
function headerCrc(sector: Buffer, size: number): number {
  const bytes = Buffer.from(sector.subarray(0, size));
  bytes.writeUInt32LE(0, AT.headerCrc);
  return crc32(bytes);
}

/** The MBR that keeps programs which know no GPT away from the whole disk. */
function protective(head: Buffer, sectors: number): Buffer {
  const mbr = Buffer.from(head.subarray(0, SECTOR_BYTES));
  for (let at = 446; at < 510; at += 16)
    if (mbr[at + 4] === 0xee)
      mbr.writeUInt32LE(Math.min(sectors - mbr.readUInt32LE(at + 8), 0xffffffff), at + 12);
  return mbr;
}

const lba = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));
