import { createHash, randomBytes } from "node:crypto";

const ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ROUNDS = 5000;
const DIGEST_BYTES = 64;

/**
 * The `$6$` form of a password that crypt(3) of every Linux knows: what /etc/shadow holds. By Ulrich Drepper's
 * specification, with the standard 5000 rounds. Node has no crypt of its own.
 */
export function sha512Crypt(password: string, salt: string = randomSalt()): string {
  const key = Buffer.from(password, "utf8");
  const saltBytes = Buffer.from(salt, "latin1");
  const p = repeat(sha512(...Array<Buffer>(key.length).fill(key)), key.length);
  let digest = firstDigest(key, saltBytes);
  const s = repeat(sha512(...Array<Buffer>(16 + (digest[0] ?? 0)).fill(saltBytes)), saltBytes.length);
  for (let round = 0; round < ROUNDS; round++) {
    const odd = round % 2 === 1;
    const parts = [odd ? p : digest];
    if (round % 3 !== 0) parts.push(s);
    if (round % 7 !== 0) parts.push(p);
    parts.push(odd ? digest : p);
    digest = sha512(...parts);
  }
  return `$6$${salt}$${encode(digest)}`;
}

function firstDigest(key: Buffer, salt: Buffer): Buffer {
  const alternate = sha512(key, salt, key);
  const parts = [key, salt, repeat(alternate, key.length)];
  for (let bits = key.length; bits > 0; bits >>>= 1) parts.push(bits & 1 ? alternate : key);
  return sha512(...parts);
}

function sha512(...parts: readonly Buffer[]): Buffer {
  const hash = createHash("sha512");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

const repeat = (block: Buffer, length: number): Buffer => Buffer.alloc(length, block);

/** crypt's base64: three bytes at a time in an order of its own, least significant six bits first. */
function encode(digest: Buffer): string {
  let text = "";
  for (let group = 0; group < 21; group++) {
    const indexes = [group, group + 21, group + 42];
    const turn = group % 3;
    const [high = 0, middle = 0, low = 0] = [...indexes.slice(turn), ...indexes.slice(0, turn)].map(
      (i) => digest[i],
    );
    text += letters((high << 16) | (middle << 8) | low, 4);
  }
  return text + letters(digest[DIGEST_BYTES - 1] ?? 0, 2);
}

function letters(value: number, count: number): string {
  return Array.from({ length: count }, (_, index) => ALPHABET[(value >>> (6 * index)) & 63]).join("");
}

const randomSalt = (): string => Array.from(randomBytes(16), (byte) => ALPHABET[byte & 63]).join("");
