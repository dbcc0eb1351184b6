import type { Position } from "../errors.js";

/** Positions live beside the plain values, so that no other code need know that YAML has them. */
const positions = new WeakMap<object, Known>();

/** Positions of a container's entries: its own ones, then those of what it is a copy of. Copies are many, and most have none of their own. */
interface Known {
  own: Map<PropertyKey, Position> | undefined;
  readonly copied: Known | undefined;
  /** A copy stands on it: whoever adds to it puts his own on top. */
  shared: boolean;
}

function lookUp(known: Known | undefined, key: PropertyKey): Position | undefined {
  for (let here = known; here; here = here.copied) {
    const found = here.own?.get(key);
    if (found) return found;
  }
  return undefined;
}
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
  let known = positions.get(container);
  if (!known || known.shared) {
    known = { own: undefined, copied: known, shared: false };
    positions.set(container, known);
  }
  known.own ??= new Map();
  known.own.set(keyOf(key), position);
}

/** Where an entry of a container (without a key: the container) stands in the user's file, when it came from one. */
export const positionOf = (container: unknown, key: PropertyKey = SELF): Position | undefined =>
  isContainer(container) ? lookUp(positions.get(container), keyOf(key)) : undefined;

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
  const copied = positions.get(from);
  if (!copied) return;
  copied.shared = true;
  const known = positions.get(to);
  if (!known) positions.set(to, copied);
  else positions.set(to, { own: flat(known), copied, shared: false });
}

/** All that is known, as one. */
function flat(known: Known): Map<PropertyKey, Position> {
  const layers: Map<PropertyKey, Position>[] = [];
  for (let here: Known | undefined = known; here; here = here.copied) if (here.own) layers.push(here.own);
  return new Map(layers.reverse().flatMap((layer) => [...layer]));
}
