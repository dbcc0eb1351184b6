import { equal, isMapping, pythonText, truthy } from "../python.js";
import type { Call, Filters } from "./call.js";
import { attributeOf } from "./sequences.js";

const MAX_PRODUCT = 100_000;

const has = (list: readonly unknown[], item: unknown) => list.some((each) => equal(each, item));

/** Without repetitions, the first of each kept in its place. */
const distinct = (list: readonly unknown[]): unknown[] => {
  const strings = new Set<unknown>();
  return list.filter((item, index) => {
    if (typeof item === "object" && item !== null)
      return list.findIndex((other) => equal(other, item)) === index;
    return strings.has(item) ? false : strings.add(item);
  });
};

function unique(call: Call): unknown[] {
  const attribute = call.arg(1, "attribute");
  const sensitive = truthy(call.arg(0, "case_sensitive", false));
  const keys: unknown[] = [];
  return call.list().filter((item) => {
    const raw = attribute === null ? item : attributeOf(item, attribute);
    const key = typeof raw === "string" && !sensitive ? raw.toLowerCase() : raw;
    if (has(keys, key)) return false;
    keys.push(key);
    return true;
  });
}

function flatten(call: Call): unknown[] {
  const levels = call.arg(0, "levels");
  const skipNulls = truthy(call.arg(1, "skip_nulls", true));
  const flat = (call.list() as unknown[]).flat((levels === null ? 100 : Number(levels)) as 1);
  return skipNulls ? flat.filter((item) => item !== null && item !== "None" && item !== "null") : flat;
}

function zip(call: Call): unknown[][] {
  const lists = [call.value, ...call.args].map((list) => call.list(list));
  const length = Math.min(...lists.map((list) => list.length));
  return Array.from({ length }, (_, index) => lists.map((list) => list[index]));
}

function zipLongest(call: Call): unknown[][] {
  const lists = [call.value, ...call.args].map((list) => call.list(list));
  const length = Math.max(...lists.map((list) => list.length));
  const fill = call.kwargs["fillvalue"] ?? null;
  return Array.from({ length }, (_, index) =>
    lists.map((list) => (index < list.length ? list[index] : fill)),
  );
}

const product = (call: Call): unknown[][] => productOf(call, [call.value, ...call.args]);

/** Every way to take one item of each list. */
export function productOf(call: Call, given: readonly unknown[]): unknown[][] {
  const lists = given.map((list) => call.list(list));
  const repeat = Number(call.kwargs["repeat"] ?? 1);
  const all = Array.from({ length: repeat }, () => lists).flat();
  if (all.reduce((count, list) => count * list.length, 1) > MAX_PRODUCT) call.fail("makes too long a list");
  return all.reduce<unknown[][]>(
    (rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])),
    [[]],
  );
}

/** Arrangements of some of a list's items: in every order, or as they stand. */
const arrangements =
  (anyOrder: boolean) =>
  (call: Call): unknown[][] => {
    const list = call.list();
    const size = call.number(0, "set_size", anyOrder ? list.length : 2);
    const grow = (rows: readonly (readonly number[])[]) =>
      rows.flatMap((row) =>
        list.flatMap((_, index) =>
          row.includes(index) || (!anyOrder && index < (row.at(-1) ?? 0)) ? [] : [[...row, index]],
        ),
      );
    let rows: readonly (readonly number[])[] = [[]];
    for (let step = 0; step < size; step++) {
      rows = grow(rows);
      if (rows.length > MAX_PRODUCT) call.fail("makes too long a list");
    }
    return rows.map((row) => row.map((index) => list[index]));
  };

/** ansible.utils' `index_of`: the positions at which a test holds of an item, or of what it has under a key. */
export function indexOf(call: Call, data: unknown, given: readonly unknown[]): unknown {
  const named = (index: number, name: string) => given[index] ?? call.kwargs[name];
  const [test, value, key] = [named(0, "test") ?? "eq", named(1, "value"), named(2, "key")];
  const keys = key === undefined || key === null ? [] : [key];
  const found = call.list(data).flatMap((item, index) => {
    const subject = keys.reduce<unknown>(
      (here, name) => (isMapping(here) ? here[pythonText(name)] : undefined),
      item,
    );
    const args = value === undefined ? [] : [value];
    return call.engine.test(pythonText(test), subject, args) ? [index] : [];
  });
  const isList = truthy(named(4, "wantlist") ?? false) || found.length !== 1;
  return isList ? found : found[0];
}

/** The two lists that a set filter compares. */
const pair = (call: Call) => [call.list(), call.list(call.args[0])] as const;

export const SET_FILTERS: Filters = {
  unique,
  flatten,
  zip,
  zip_longest: zipLongest,
  product,
  permutations: arrangements(true),
  combinations: arrangements(false),
  index_of: (call) => indexOf(call, call.value, call.args),
  union: (call) => distinct(pair(call).flat()),
  intersect: (call) => {
    const [left, right] = pair(call);
    return distinct(left.filter((item) => has(right, item)));
  },
  difference: (call) => {
    const [left, right] = pair(call);
    return distinct(left.filter((item) => !has(right, item)));
  },
  symmetric_difference: (call) => {
    const [left, right] = pair(call);
    const only = (some: readonly unknown[], others: readonly unknown[]) =>
      some.filter((item) => !has(others, item));
    return distinct([...only(left, right), ...only(right, left)]);
  },
};
