import { createHash } from "node:crypto";

/** A keyring as binary: an armored one without its armor, all its blocks in a row. */
export function dearmored(content: Buffer): Buffer {
  if (!isArmored(content)) return content;
  const blocks = content
    .toString("latin1")
    .matchAll(/-----BEGIN PGP PUBLIC KEY BLOCK-----([\s\S]*?)-----END PGP PUBLIC KEY BLOCK-----/g);
  // After the headers an empty line; at the end a checksum.
  const bodies = [...blocks].map(([, block = ""]) => block.replace(/^\r?\n(?:[\w-]+: .*\r?\n)*/, ""));
  return Buffer.concat(bodies.map((body) => Buffer.from(body.replace(/^=.{4}\s*$/m, ""), "base64")));
}

export const isArmored = (content: Buffer): boolean =>
  content.subarray(0, 4096).toString("latin1").includes("-----BEGIN PGP PUBLIC KEY BLOCK-----");

const PUBLIC_KEY = 6;
const PUBLIC_SUBKEY = 14;

/** The fingerprints of a keyring's keys, each with those of its subkeys: upper-case hexadecimal. Nothing for what is no keyring. */
export function fingerprints(content: Buffer): { key: string; subkeys: string[] }[] {
  const keys: { key: string; subkeys: string[] }[] = [];
  for (const { tag, body } of packets(dearmored(content))) {
    const name = tag === PUBLIC_KEY || tag === PUBLIC_SUBKEY ? fingerprint(body) : undefined;
    if (name === undefined) continue;
    if (tag === PUBLIC_KEY) keys.push({ key: name, subkeys: [] });
    else keys.at(-1)?.subkeys.push(name);
  }
  return keys;
}

function fingerprint(body: Buffer): string | undefined {
  const version = body[0];
  if (version !== 4 && version !== 6) return undefined;
  const head = Buffer.alloc(version === 4 ? 3 : 5);
  head[0] = version === 4 ? 0x99 : 0x9b;
  if (version === 4) head.writeUInt16BE(body.length, 1);
  else head.writeUInt32BE(body.length, 1);
  const hash = createHash(version === 4 ? "sha1" : "sha256");
  return hash.update(head).update(body).digest("hex").toUpperCase();
}

/** RFC 9580's packets, as far as keyrings have them; ends at what is none. */
function* packets(data: Buffer): Generator<{ tag: number; body: Buffer }> {
  let at = 0;
  while (at < data.length) {
    const first = data[at] ?? 0;
    if ((first & 0x80) === 0) return;
    const isNew = (first & 0x40) !== 0;
    const found = isNew ? newLength(data, at + 1) : oldLength(data, at + 1, first & 3);
    if (!found || found.start + found.length > data.length) return;
    const tag = isNew ? first & 0x3f : (first >> 2) & 0xf;
    yield { tag, body: data.subarray(found.start, found.start + found.length) };
    at = found.start + found.length;
  }
}

interface Length {
  readonly start: number;
  readonly length: number;
}

function newLength(data: Buffer, at: number): Length | undefined {
  const first = data[at] ?? 0;
  if (first < 192) return { start: at + 1, length: first };
  if (first < 224) return { start: at + 2, length: ((first - 192) << 8) + (data[at + 1] ?? 0) + 192 };
  return first === 255 && at + 5 <= data.length
    ? { start: at + 5, length: data.readUInt32BE(at + 1) }
    : undefined;
}

function oldLength(data: Buffer, at: number, kind: number): Length | undefined {
  const size = [1, 2, 4][kind];
  return size === undefined || at + size > data.length
    ? undefined
    : { start: at + size, length: data.readUIntBE(at, size) };
}

/** Whether a user's id (8, 16 or 40 digits, with 0x or spaces) is of that key or one of its subkeys. */
export function isKey({ key, subkeys }: { key: string; subkeys: readonly string[] }, id: string): boolean {
  return [key, ...subkeys].some((each) => each.endsWith(id));
}

/** @returns undefined for what is no id of a key */
export function keyId(text: string): string | undefined {
  const id = text.replace(/\s+/g, "").replace(/^0x/i, "").toUpperCase();
  return /^(?:[0-9A-F]{8}|[0-9A-F]{16}|[0-9A-F]{40}|[0-9A-F]{64})$/.test(id) ? id : undefined;
}
