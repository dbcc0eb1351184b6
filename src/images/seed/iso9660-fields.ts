/** The sector of ISO 9660; all addresses count in it. */
export const SECTOR = 2048;

/** A fixed time in all records, so that the same files always make the same bytes. */
const YEAR = 2000;

/** A number twice, little-endian and then big-endian, as ISO 9660 writes nearly all of them. */
export function both32(value: number): Buffer {
  const field = Buffer.alloc(8);
  field.writeUInt32LE(value, 0);
  field.writeUInt32BE(value, 4);
  return field;
}

function both16(value: number): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt16LE(value, 0);
  field.writeUInt16BE(value, 2);
  return field;
}

export interface DirectoryRecord {
  /** The identifier's bytes: a name, `\0` for the directory itself, `\x01` for the one above. */
  readonly identifier: Buffer;
  readonly sector: number;
  readonly bytes: number;
  readonly directory: boolean;
  /** Rock Ridge's fields. */
  readonly systemUse?: Buffer;
}

/** ECMA-119 9.1. */
export function directoryRecord({
  identifier,
  sector,
  bytes,
  directory,
  systemUse,
}: DirectoryRecord): Buffer {
  const nameEnd = 33 + identifier.length;
  const start = nameEnd + (nameEnd % 2);
  const length = start + (systemUse?.length ?? 0);
  const record = Buffer.alloc(length + (length % 2));
  record.writeUInt8(record.length, 0);
  both32(sector).copy(record, 2);
  both32(bytes).copy(record, 10);
  record.set([YEAR - 1900, 1, 1, 0, 0, 0, 0], 18);
  record.writeUInt8(directory ? 2 : 0, 25);
  both16(1).copy(record, 28);
  record.writeUInt8(identifier.length, 32);
  identifier.copy(record, 33);
  systemUse?.copy(record, start);
  return record;
}

/** The root directory's entry, the only one, of a path table (ECMA-119 9.4). */
export function pathTable(rootSector: number, endian: "little" | "big"): Buffer {
  const table = Buffer.alloc(10);
  table.writeUInt8(1, 0);
  if (endian === "little") {
    table.writeUInt32LE(rootSector, 2);
    table.writeUInt16LE(1, 6);
  } else {
    table.writeUInt32BE(rootSector, 2);
    table.writeUInt16BE(1, 6);
  }
  return table;
}

export interface VolumeDescriptor {
  readonly joliet: boolean;
  readonly label: string;
  readonly sectors: number;
  readonly rootSector: number;
  readonly rootBytes: number;
  readonly littleTable: number;
  readonly bigTable: number;
}

/** ECMA-119 8.4 (primary) and 8.5 (supplementary; here Joliet level 3, in UCS-2). */
export function volumeDescriptor(volume: VolumeDescriptor): Buffer {
  const descriptor = Buffer.alloc(SECTOR);
  const text = (value: string, at: number, length: number) =>
    textField(value, length, volume.joliet).copy(descriptor, at);
  descriptor.writeUInt8(volume.joliet ? 2 : 1, 0);
  descriptor.write("CD001\x01", 1, "latin1");
  text("", 8, 32);
  text(volume.label, 40, 32);
  both32(volume.sectors).copy(descriptor, 80);
  if (volume.joliet) descriptor.write("%/E", 88, "latin1");
  both16(1).copy(descriptor, 120);
  both16(1).copy(descriptor, 124);
  both16(SECTOR).copy(descriptor, 128);
  both32(pathTable(0, "little").length).copy(descriptor, 132);
  descriptor.writeUInt32LE(volume.littleTable, 140);
  descriptor.writeUInt32BE(volume.bigTable, 148);
  const root = {
    identifier: Buffer.from([0]),
    sector: volume.rootSector,
    bytes: volume.rootBytes,
    directory: true,
  };
  directoryRecord(root).copy(descriptor, 156);
  text("", 190, 623);
  for (const at of [813, 830]) descriptor.write(`${YEAR}010100000000\0`, at, "latin1");
  for (const at of [847, 864]) descriptor.write(`${"0".repeat(16)}\0`, at, "latin1");
  descriptor.writeUInt8(1, 881);
  return descriptor;
}

/** ECMA-119 8.3. */
export function terminator(): Buffer {
  const descriptor = Buffer.alloc(SECTOR);
  descriptor.write("\xffCD001\x01", 0, "latin1");
  return descriptor;
}

/** Big-endian UCS-2, as Joliet writes names. */
export const ucs2 = (value: string): Buffer => Buffer.from(value, "utf16le").swap16();

function textField(value: string, length: number, joliet: boolean): Buffer {
  if (!joliet) return Buffer.from(value.padEnd(length), "latin1");
  const even = length - (length % 2);
  return Buffer.concat([ucs2(value.padEnd(even / 2)), Buffer.alloc(length - even)]);
}
