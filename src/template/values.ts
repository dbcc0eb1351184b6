import { randomBytes } from "node:crypto";
import { ConfigError } from "../errors.js";
import { OMIT } from "./omit.js";
import { isMapping } from "./python.js";

/** Stands for `omit` inside the engine, which knows no symbols. Data cannot hold it: it differs in each process. */
const OMIT_MARK = `__omit_place_holder__${randomBytes(20).toString("hex")}`;
/** Stands for an undefined result, which the engine does not tell from none. */
export const UNDEFINED_MARK = `__undefined__${randomBytes(20).toString("hex")}`;

/** The keyword that tells our own filters that keywords follow; a mapping of a guest's must not pass for them. */
export const KEYWORDS_MARK = `__kw_${randomBytes(20).toString("hex")}`;

/** The engine sorts the keys of mappings; this brings their order back. One for each evaluation. */
export class KeyOrders {
  readonly #orders = new Map<string, readonly string[]>();

  /** Remembers an order, the latest for a set of keys. */
  learn(keys: readonly string[]): void {
    if (keys.length > 1) this.#orders.set(JSON.stringify([...keys].sort()), keys);
  }

  of(keys: readonly string[]): readonly string[] {
    if (keys.length < 2) return keys;
    return this.#orders.get(JSON.stringify([...keys].sort())) ?? keys;
  }
}

/** A value as the engine takes it. */
export function toEngine(value: unknown, orders: KeyOrders): unknown {
  if (value === OMIT) return OMIT_MARK;
  if (value === undefined || typeof value === "function" || typeof value === "symbol") return null;
  if (typeof value === "number") return finite(value);
  if (Array.isArray(value)) return value.map((item) => toEngine(item, orders));
  if (!isMapping(value)) return typeof value === "object" && value !== null ? String(value) : value;
  orders.learn(Object.keys(value));
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, toEngine(entry, orders)]));
}

/** A value of the engine's as plain values: Map to mapping, undefined to null. */
export function fromEngine(value: unknown, orders: KeyOrders): unknown {
  if (value === OMIT_MARK) return OMIT;
  if (value === undefined) return null;
  if (typeof value === "bigint") return safeNumber(value);
  if (typeof value === "number") return finite(value);
  if (Array.isArray(value))
    return value.filter((item) => item !== OMIT_MARK).map((item) => fromEngine(item, orders));
  if (value instanceof Map) return mappingOf(value, orders);
  return value;
}

function mappingOf(map: ReadonlyMap<unknown, unknown>, orders: KeyOrders): Record<string, unknown> {
  const entries = new Map(
    [...map].filter(([, entry]) => entry !== OMIT_MARK).map(([key, entry]) => [String(key), entry]),
  );
  const result: Record<string, unknown> = {};
  for (const key of orders.of([...entries.keys()]))
    Object.defineProperty(result, key, {
      value: fromEngine(entries.get(key), orders),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  return result;
}

function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new ConfigError("a number is infinite: is something divided by zero?");
}

function safeNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new ConfigError(`the number ${value} is too big`);
  return number;
}
