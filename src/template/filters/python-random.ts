import { createHash, randomInt } from "node:crypto";

const N = 624;
const M = 397;

/** Whole numbers below a limit, evenly spread. */
export type RandomBelow = (limit: number) => number;

/** CPython's `random.Random(seed)._randbelow`, so that a seed gives what it gives in Ansible; unseeded: the system's. */
export function randomBelow(seed: unknown): RandomBelow {
  if (seed === null || seed === undefined) return systemBelow;
  const twister = new MersenneTwister(keyOf(seed));
  return (limit) => {
    const bits = limit.toString(2).length;
    let value = twister.bits(bits);
    while (value >= limit) value = twister.bits(bits);
    return value;
  };
}

/** randomInt stops at 2^48. */
const systemBelow: RandomBelow = (limit) => randomInt(Math.min(limit, 2 ** 48 - 1));

/** The seed as 32-bit words, least significant first, as CPython's seed version 2 makes them. */
function keyOf(seed: unknown): number[] {
  let number = typeof seed === "string" ? numberOfText(seed) : numberOf(Number(seed));
  const key: number[] = [];
  do {
    key.push(Number(number & 0xffffffffn));
    number >>= 32n;
  } while (number > 0n);
  return key;
}

/** A whole number is its own seed; of a fraction it is Python's hash, a division modulo 2^61 - 1. */
function numberOf(seed: number): bigint {
  let bits = 0;
  let whole = Math.abs(seed);
  while (!Number.isInteger(whole)) {
    whole *= 2;
    bits++;
  }
  if (bits === 0) return BigInt(whole);
  const half = 2n ** BigInt(61 - (bits % 61));
  const hash = (BigInt(whole) * half) % (2n ** 61n - 1n);
  // A negative hash is read as the 64 bits that it is.
  return seed < 0 ? 2n ** 64n - hash : hash;
}

function numberOfText(text: string): bigint {
  const bytes = Buffer.from(text);
  const digest = createHash("sha512").update(bytes).digest("hex");
  return BigInt(`0x${bytes.toString("hex")}${digest}`);
}

class MersenneTwister {
  readonly #state = new Uint32Array(N);
  #index = N;

  constructor(key: readonly number[]) {
    this.#state.set(initByArray(key));
  }

  /** CPython's getrandbits, up to 53 bits. */
  bits(count: number): number {
    if (count <= 32) return this.#next() >>> (32 - count);
    const low = this.#next();
    return (this.#next() >>> (64 - count)) * 2 ** 32 + low;
  }

  #next(): number {
    if (this.#index >= N) this.#twist();
    let y = this.#state[this.#index++] ?? 0;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let k = 0; k < N; k++) {
      const y = ((state[k] ?? 0) & 0x80000000) | ((state[(k + 1) % N] ?? 0) & 0x7fffffff);
      state[k] = (state[(k + M) % N] ?? 0) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#index = 0;
  }
}

function initByArray(key: readonly number[]): Uint32Array {
  const state = new Uint32Array(N);
  state[0] = 19650218;
  const mixed = (i: number, factor: number) => {
    const before = state[i - 1] ?? 0;
    return Math.imul(before ^ (before >>> 30), factor);
  };
  for (let i = 1; i < N; i++) state[i] = mixed(i, 1812433253) + i;
  let i = 1;
  let j = 0;
  const advance = () => {
    if (++i < N) return;
    state[0] = state[N - 1] ?? 0;
    i = 1;
  };
  for (let k = Math.max(N, key.length); k > 0; k--) {
    state[i] = ((state[i] ?? 0) ^ mixed(i, 1664525)) + (key[j] ?? 0) + j;
    advance();
    j = (j + 1) % key.length;
  }
  for (let k = N - 1; k > 0; k--) {
    state[i] = ((state[i] ?? 0) ^ mixed(i, 1566083941)) - i;
    advance();
  }
  state[0] = 0x80000000;
  return state;
}
