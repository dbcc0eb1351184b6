import { createCipheriv, createDecipheriv, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";

/** What ansible-vault 1.1 and 1.2 wrote, its digits read. */
export interface Sealed {
  readonly salt: Buffer;
  /** HMAC-SHA256 of what is encrypted. */
  readonly checksum: Buffer;
  readonly encrypted: Buffer;
}

const ROUNDS = 10_000;
const BLOCK = 16;

/** The bytes; undefined when the password is another. The `ansible-vault` package, which this does as, gives only texts. */
export function open({ salt, checksum, encrypted }: Sealed, password: string): Buffer | undefined {
  const { key, check, counter } = derive(password, salt);
  const found = createHmac("sha256", check).update(encrypted).digest();
  if (!timingSafeEqual(found, checksum)) return undefined;
  const decipher = createDecipheriv("aes-256-ctr", key, counter);
  return withoutPadding(Buffer.concat([decipher.update(encrypted), decipher.final()]));
}

/** What `open` opens. */
export function seal(plain: Buffer, password: string, salt: Buffer): Sealed {
  const { key, check, counter } = derive(password, salt);
  const cipher = createCipheriv("aes-256-ctr", key, counter);
  const count = BLOCK - (plain.length % BLOCK);
  const encrypted = Buffer.concat([
    cipher.update(plain),
    cipher.update(Buffer.alloc(count, count)),
    cipher.final(),
  ]);
  return { salt, checksum: createHmac("sha256", check).update(encrypted).digest(), encrypted };
}

function derive(password: string, salt: Buffer) {
  const derived = pbkdf2Sync(password, salt, ROUNDS, 32 + 32 + BLOCK, "sha256");
  return { key: derived.subarray(0, 32), check: derived.subarray(32, 64), counter: derived.subarray(64) };
}

/** The last byte says how many were put there to fill the last block (PKCS #7). */
function withoutPadding(bytes: Buffer): Buffer {
  const count = bytes.at(-1) ?? 0;
  return count >= 1 && count <= BLOCK ? bytes.subarray(0, bytes.length - count) : bytes;
}
