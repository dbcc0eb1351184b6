import type { Position } from "../errors.js";

/** Positions live beside the plain values, so that no other code need know that YAML has them. */
const positions = new WeakMap<object, Map<PropertyKey, Position>>();
const SELF = Symbol("the container itself");

const isContainer = (value: unknown): value is object => typeof value === "object" && value !== null;
const keyOf = (key: PropertyKey): PropertyKey => (typeof key === "number" ? String(key) : key);

/** Whole numbers that were written as fractions, `2.0`: to Python these are other numbers than `2`, to JavaScript the same. */
const fractions = new WeakSet<Position>();

/** The position of a number that is a fraction to Python. */
export function asFraction(position: Position): Position {
  const own = { ...position };
  fractions.add(own);
  return own;
}

/** Whether an entry of a container is a whole number that was written as a fraction. */
export function isFraction(container: unknown, key: PropertyKey): boolean {
  const position = positionOf(container, key);
  return position !== undefined && fractions.has(position);
}

/** Remembers where a container's entry stands; without a key, where the container itself begins. */
export function setPosition(container: object, position: Position, key: PropertyKey = SELF): void {
  const known = positions.get(container) ?? new Map<PropertyKey, Position>();
  known.set(keyOf(key), position);
  positions.set(container, known);
}

/** Where an entry of a container (without a key: the container) stands in the user's file, when it came from one. */
export const positionOf = (container: unknown, key: PropertyKey = SELF): Position | undefined =>
  isContainer(container) ? positions.get(container)?.get(keyOf(key)) : undefined;

/** The deepest position known on the way down a path. */
export function positionAt(root: unknown, path: readonly PropertyKey[]): Position | undefined {
  let found = positionOf(root);
  let here = root;
  for (const key of path) {
    if (!isContainer(here)) break;
    found = positionOf(here, key) ?? found;
    here = (here as Record<PropertyKey, unknown>)[key];
  }
  return found;
}

/** Gives a copy of a container the positions of its original; what the copy has already stays. */
export function copyPositions(from: object, to: object): void {
  const known = positions.get(from);
  if (known) positions.set(to, new Map([...known, ...(positions.get(to) ?? [])]));
}
