import { isPlainObject as isMapping } from "./plain-object.js";
import { copyPositions, positionOf, setPosition } from "./position.js";

export { isPlainObject as isMapping } from "./plain-object.js";

/** What a YAML mapping becomes. */
export type Mapping = Readonly<Record<string, unknown>>;

/** Writes an entry even when its key is `__proto__`. */
export function setEntry(mapping: object, key: string, value: unknown): void {
  Object.defineProperty(mapping, key, { value, enumerable: true, writable: true, configurable: true });
}

/** Takes an entry over; one that is made when it is looked at stays so. */
function copyEntry(from: Mapping, to: object, key: string): void {
  const described = Object.getOwnPropertyDescriptor(from, key);
  if (described?.get) Object.defineProperty(to, key, { ...described, configurable: true });
  else setEntry(to, key, from[key]);
}

/** The same with its position. */
function copyPlaced(from: Mapping, to: object, key: string): void {
  copyEntry(from, to, key);
  const position = positionOf(from, key);
  if (position) setPosition(to, position, key);
}

/** A copy without one entry. */
export function without(mapping: Mapping, key: string): Mapping {
  const result = overlay([mapping]) as Record<string, unknown>;
  delete result[key];
  return result;
}

/** One entry of a mapping with its position, or nothing. */
export function pick(mapping: Mapping, key: string): Mapping {
  const result = {};
  if (!Object.hasOwn(mapping, key)) return result;
  copyPlaced(mapping, result, key);
  return result;
}

/** Entries of all layers in one mapping, the later layer's for a key; each keeps its position. */
export function overlay(layers: readonly Mapping[]): Mapping {
  const result: Record<string, unknown> = {};
  for (const layer of layers) for (const key of Object.keys(layer)) copyPlaced(layer, result, key);
  return result;
}

/** An own entry of a mapping; undefined for all else. */
export const entryOf = (value: unknown, key: string): unknown =>
  isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined;

/** A copy without the entries of mappings, at any depth, whose value is null; lists keep their length. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return withPositionsOf(value, value.map(withoutNulls));
  if (!isMapping(value)) return value;
  const result = {};
  for (const [key, entry] of Object.entries(value))
    if (entry !== null) setEntry(result, key, withoutNulls(entry));
  return withPositionsOf(value, result);
}

function withPositionsOf<T extends object>(from: object, to: T): T {
  copyPositions(from, to);
  return to;
}
