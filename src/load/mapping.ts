import { isMapping } from "../template/python.js";
import { positionOf, setPosition } from "./position.js";

export { isMapping } from "../template/python.js";

/** What a YAML mapping becomes. */
export type Mapping = Readonly<Record<string, unknown>>;

/** Writes an entry even when its key is `__proto__`. */
export function setEntry(mapping: object, key: string, value: unknown): void {
  Object.defineProperty(mapping, key, { value, enumerable: true, writable: true, configurable: true });
}

/** Entries of all layers in one mapping, the later layer's for a key; each keeps its position. */
export function overlay(layers: readonly Mapping[]): Mapping {
  const result: Record<string, unknown> = {};
  for (const layer of layers)
    for (const [key, value] of Object.entries(layer)) {
      setEntry(result, key, value);
      const position = positionOf(layer, key);
      if (position) setPosition(result, position, key);
    }
  return result;
}

/** An own entry of a mapping; undefined for all else. */
export const entryOf = (value: unknown, key: string): unknown =>
  isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined;
