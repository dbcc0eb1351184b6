import type { ImageFormat } from "../recipe/callbacks.js";

/** Bytes at the beginning of an image that `inspectHeader` needs. */
export const HEADER_BYTES = 128;

/** What the first bytes of a file say: an image's format, or why it is none that farm takes. */
export type HeaderVerdict =
  | { readonly format: ImageFormat }
  | { readonly refused: string; readonly hint?: string };

const BACKING_FILE_OFFSET = 8;
const CRYPT_METHOD = 32;
const INCOMPATIBLE_FEATURES = 72;
const EXTERNAL_DATA_FILE = 0x4n;

interface Signature {
  readonly magic: Buffer;
  readonly at?: number;
  readonly what: string;
}

const PACKED = "let the callback 'unarchive' unpack it";
const CONVERT = "convert it with qemu-img convert -O qcow2 first";

const text = (magic: string, what: string): Signature => ({ magic: Buffer.from(magic, "latin1"), what });

const ARCHIVES: readonly Signature[] = [
  text("\x1f\x8b", "a gzip archive"),
  text("\xfd7zXZ\0", "an xz archive"),
  text("\x28\xb5\x2f\xfd", "a zstd archive"),
  text("BZh", "a bzip2 archive"),
  text("PK\x03\x04", "a zip archive"),
];

const FOREIGN: readonly Signature[] = [
  text("KDMV", "a VMDK image"),
  text("# Disk DescriptorFile", "a VMDK image"),
  text("vhdxfile", "a VHDX image"),
  text("conectix", "a VHD image"),
  text("QED\0", "a QED image"),
  text("LUKS\xba\xbe", "an encrypted (LUKS) image"),
  { magic: Buffer.from([0x7f, 0x10, 0xda, 0xbe]), at: 64, what: "a VDI image" },
];

/**
 * Judges an image before any program of the hypervisor opens it: qemu-img's own probing would follow what a
 * crafted file names (CVE-2024-32498, CVE-2024-4467). A file of no known kind is raw.
 */
export function inspectHeader(header: Buffer): HeaderVerdict {
  if (header.length === 0) return { refused: "the file is empty" };
  if (/^\s*<(!doctype|html|\?xml)/i.test(header.toString("latin1")))
    return {
      refused: "it is a web page, not an image",
      hint: "open the address in a browser: does it ask for a login?",
    };
  const archive = ARCHIVES.find((signature) => matches(header, signature));
  if (archive) return { refused: `it is ${archive.what}`, hint: PACKED };
  const foreign = FOREIGN.find((signature) => matches(header, signature));
  if (foreign) return { refused: `it is ${foreign.what}; qcow2 and raw are supported`, hint: CONVERT };
  return header.subarray(0, 4).equals(Buffer.from("QFI\xfb", "latin1"))
    ? inspectQcow2(header)
    : { format: "raw" };
}

const matches = (header: Buffer, { magic, at = 0 }: Signature): boolean =>
  header.subarray(at, at + magic.length).equals(magic);

function inspectQcow2(header: Buffer): HeaderVerdict {
  if (header.length < 104) return { refused: "its qcow2 header is cut off" };
  const version = header.readUInt32BE(4);
  if (version !== 2 && version !== 3)
    return { refused: `its qcow2 version is ${version}; 2 and 3 are supported` };
  if (header.readBigUInt64BE(BACKING_FILE_OFFSET) !== 0n)
    return { refused: "it names a backing file, which could be any file of the hypervisor", hint: FLATTEN };
  if (header.readUInt32BE(CRYPT_METHOD) !== 0) return { refused: "it is encrypted", hint: CONVERT };
  if (version === 3 && (header.readBigUInt64BE(INCOMPATIBLE_FEATURES) & EXTERNAL_DATA_FILE) !== 0n)
    return { refused: "it names a data file, which could be any file of the hypervisor", hint: FLATTEN };
  return { format: "qcow2" };
}

export const FLATTEN = "make it one file: qemu-img convert -O qcow2";
