import { createHash, randomBytes } from "node:crypto";

const ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** What no `rounds=` stands for. */
const ROUNDS = 5000;

interface Kind {
  readonly id: string;
  readonly hash: "sha256" | "sha512";
  /** Groups of three bytes in what is written. */
  readonly groups: number;
  /** How far the bytes of a group are turned. */
  readonly turn: (group: number) => number;
}

const KINDS = {
  sha256: { id: "5", hash: "sha256", groups: 10, turn: (group: number) => (3 - (group % 3)) % 3 },
  sha512: { id: "6", hash: "sha512", groups: 21, turn: (group: number) => group % 3 },
} as const satisfies Record<string, Kind>;

/**
 * The `$5$` or `$6$` form of a password that crypt(3) of every Linux knows: what /etc/shadow holds. By Ulrich Drepper's
 * specification. Node has no crypt of its own.
 */
export function shaCrypt(
  type: keyof typeof KINDS,
  password: string,
  salt: string = randomSalt(),
  rounds: number = ROUNDS,
): string {
  const kind: Kind = KINDS[type];
  const sum = summing(kind.hash);
  const key = Buffer.from(password, "utf8");
  const saltBytes = Buffer.from(salt, "latin1");
  const p = repeat(sum(...Array<Buffer>(key.length).fill(key)), key.length);
  let digest = firstDigest(sum, key, saltBytes);
  const s = repeat(sum(...Array<Buffer>(16 + (digest[0] ?? 0)).fill(saltBytes)), saltBytes.length);
  for (let round = 0; round < rounds; round++) {
    const odd = round % 2 === 1;
    const parts = [odd ? p : digest];
    if (round % 3 !== 0) parts.push(s);
    if (round % 7 !== 0) parts.push(p);
    parts.push(odd ? digest : p);
    digest = sum(...parts);
  }
  const told = rounds === ROUNDS ? "" : `rounds=${rounds}$`;
  return `$${kind.id}$${told}${salt}$${encode(digest, kind)}`;
}

type Sum = (...parts: readonly Buffer[]) => Buffer;

const summing =
  (algorithm: string): Sum =>
  (...parts) => {
    const hash = createHash(algorithm);
    for (const part of parts) hash.update(part);
    return hash.digest();
  };

function firstDigest(sum: Sum, key: Buffer, salt: Buffer): Buffer {
  const alternate = sum(key, salt, key);
  const parts = [key, salt, repeat(alternate, key.length)];
  for (let bits = key.length; bits > 0; bits >>>= 1) parts.push(bits & 1 ? alternate : key);
  return sum(...parts);
}

const repeat = (block: Buffer, length: number): Buffer => Buffer.alloc(length, block);

/** crypt's base64: three bytes at a time in an order of its own, least significant six bits first. */
function encode(digest: Buffer, { groups, turn }: Kind): string {
  let text = "";
  for (let group = 0; group < groups; group++) {
    const indexes = [group, group + groups, group + 2 * groups];
    const turned = turn(group);
    const [high = 0, middle = 0, low = 0] = [...indexes.slice(turned), ...indexes.slice(0, turned)].map(
      (i) => digest[i],
    );
    text += letters((high << 16) | (middle << 8) | low, 4);
  }
  const rest = [...digest.subarray(3 * groups)].reverse();
  return (
    text +
    letters(
      rest.reduce((value, byte) => (value << 8) | byte, 0),
      rest.length + 1,
    )
  );
}

function letters(value: number, count: number): string {
  return Array.from({ length: count }, (_, index) => ALPHABET[(value >>> (6 * index)) & 63]).join("");
}

const randomSalt = (): string => Array.from(randomBytes(16), (byte) => ALPHABET[byte & 63]).join("");
