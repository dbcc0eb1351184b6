import { InternalError } from "../../errors.js";
import {
  both32,
  directoryRecord,
  pathTable,
  SECTOR,
  terminator,
  ucs2,
  volumeDescriptor,
} from "./iso9660-fields.js";

const LITTLE_TABLE = 19;
const ROOT = 23;
const JOLIET_ROOT = 24;
const FIRST_FILE = 25;
/** busybox finds no label on a disk that ends before the places where it looks for other file systems. */
const LEAST_SECTORS = 64;

const FILE_MODE = 0o100444;
const DIRECTORY_MODE = 0o040555;

interface PlacedFile {
  readonly name: string;
  readonly content: Buffer;
  readonly sector: number;
}

/**
 * A whole ISO 9660 file system with one flat directory, as bytes: exact names by Rock Ridge (for Linux and BSD) and by
 * Joliet. The same input makes the same bytes. For a few small text files; names are `[a-z0-9._-]`.
 */
export function isoImage(label: string, files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const placed = place(files);
  const last = placed.at(-1);
  const sectors = Math.max(LEAST_SECTORS, last ? last.sector + sectorsOf(last.content) : FIRST_FILE);
  const image = Buffer.alloc(sectors * SECTOR);
  const put = (sector: number, bytes: Buffer) => bytes.copy(image, sector * SECTOR);
  const volume = { label, sectors, rootBytes: SECTOR };
  put(16, volumeDescriptor({ ...volume, joliet: false, rootSector: ROOT, ...tables(LITTLE_TABLE) }));
  put(
    17,
    volumeDescriptor({ ...volume, joliet: true, rootSector: JOLIET_ROOT, ...tables(LITTLE_TABLE + 2) }),
  );
  put(18, terminator());
  for (const [index, root] of [ROOT, JOLIET_ROOT].entries()) {
    put(LITTLE_TABLE + 2 * index, pathTable(root, "little"));
    put(LITTLE_TABLE + 2 * index + 1, pathTable(root, "big"));
  }
  put(ROOT, rockRidgeDirectory(placed));
  put(JOLIET_ROOT, jolietDirectory(placed));
  for (const { sector, content } of placed) put(sector, content);
  return image;
}

const tables = (littleTable: number) => ({ littleTable, bigTable: littleTable + 1 });

const sectorsOf = (content: Buffer): number => Math.max(1, Math.ceil(content.length / SECTOR));

/** In the order of their names, as directories must be. */
function place(files: Readonly<Record<string, string | Uint8Array>>): PlacedFile[] {
  let sector = FIRST_FILE;
  return Object.entries(files)
    .sort(([a], [b]) => (plainName(a) < plainName(b) ? -1 : 1))
    .map(([name, text]) => {
      if (!/^[a-z0-9._-]{1,30}$/.test(name))
        throw new InternalError(`'${name}' cannot be a file of a seed disk`);
      const content = Buffer.from(text);
      const file = { name, content, sector };
      sector += sectorsOf(content);
      return file;
    });
}

/** What a reader sees that knows neither Rock Ridge nor Joliet: ECMA-119 has no lower case and no hyphen. */
const plainName = (name: string): string => {
  const characters = name.toUpperCase().replaceAll("-", "_");
  return `${characters}${characters.includes(".") ? "" : "."};1`;
};

function rockRidgeDirectory(files: readonly PlacedFile[]): Buffer {
  const own = (identifier: number, ...fields: Buffer[]) =>
    directoryRecord({
      identifier: Buffer.from([identifier]),
      sector: ROOT,
      bytes: SECTOR,
      directory: true,
      systemUse: Buffer.concat(fields),
    });
  const records = files.map(({ name, content, sector }) =>
    directoryRecord({
      identifier: Buffer.from(plainName(name), "latin1"),
      sector,
      bytes: content.length,
      directory: false,
      systemUse: Buffer.concat([attributes(FILE_MODE, 1), alternateName(name)]),
    }),
  );
  const posix = attributes(DIRECTORY_MODE, 2);
  return oneSector([own(0, SHARING, posix, EXTENSION), own(1, posix), ...records]);
}

function jolietDirectory(files: readonly PlacedFile[]): Buffer {
  const own = (identifier: number) =>
    directoryRecord({
      identifier: Buffer.from([identifier]),
      sector: JOLIET_ROOT,
      bytes: SECTOR,
      directory: true,
    });
  const records = files
    .map(({ name, content, sector }) => ({
      identifier: ucs2(`${name};1`),
      sector,
      bytes: content.length,
      directory: false,
    }))
    .sort((a, b) => a.identifier.compare(b.identifier));
  return oneSector([own(0), own(1), ...records.map(directoryRecord)]);
}

function oneSector(records: readonly Buffer[]): Buffer {
  const directory = Buffer.concat(records);
  if (directory.length <= SECTOR) return directory;
  throw new InternalError("too many files for a seed disk");
}

/** SP: here begin fields by the System Use Sharing Protocol. */
const SHARING = Buffer.from("SP\x07\x01\xbe\xef\x00", "latin1");

/** ER: and these fields are Rock Ridge's. */
const EXTENSION = Buffer.from("ER\x12\x01\x0a\x00\x00\x01RRIP_1991A", "latin1");

/** PX: mode, links, user and group, all root's. */
const attributes = (mode: number, links: number): Buffer =>
  Buffer.concat([Buffer.from("PX\x24\x01", "latin1"), both32(mode), both32(links), both32(0), both32(0)]);

/** NM: the exact name. */
const alternateName = (name: string): Buffer =>
  Buffer.concat([
    Buffer.from("NM", "latin1"),
    Buffer.from([5 + name.length, 1, 0]),
    Buffer.from(name, "latin1"),
  ]);
