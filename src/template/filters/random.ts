import type { Call, Filters } from "./call.js";
import { randomBelow } from "./python-random.js";

const MAC_LEAST = 0x1000000000;
const MAC_COUNT = 0x10000000000 - MAC_LEAST;

/** @throws ConfigError when it is no number or text, e.g. a list. */
function seedOf(call: Call, index: number): unknown {
  const seed = call.arg(index, "seed");
  return typeof seed === "object" && seed !== null
    ? call.fail("needs a seed that is a text or a number")
    : seed;
}

function random(call: Call): unknown {
  const below = randomBelow(seedOf(call, 2));
  if (Array.isArray(call.value) || typeof call.value === "string") {
    const list = call.list();
    return list.length === 0 ? call.fail("needs a list that is not empty") : list[below(list.length)];
  }
  const end = Number(call.value);
  const start = call.number(0, "start", 0);
  const step = call.number(1, "step", 1);
  const count = Math.ceil((end - start) / step);
  if (!Number.isSafeInteger(count) || count <= 0) call.fail(`has no number from ${start} below ${end}`);
  return start + step * below(count);
}

function shuffle(call: Call): unknown[] {
  const below = randomBelow(seedOf(call, 0));
  const list = [...call.list()];
  for (let i = list.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

function randomMac(call: Call): string {
  const prefix = String(call.value).toLowerCase();
  const parts = prefix.split(":");
  if (parts.length > 5 || !parts.every((part) => /^[0-9a-f]{2}$/.test(part)))
    call.fail(`needs one to five bytes such as '52:54:00', got '${prefix}'`);
  const number = MAC_LEAST + randomBelow(seedOf(call, 0))(MAC_COUNT);
  const digits = number.toString(16).slice(0, 2 * (6 - parts.length));
  return prefix + digits.replace(/../g, ":$&");
}

export const RANDOM_FILTERS: Filters = { random, shuffle, random_mac: randomMac };
