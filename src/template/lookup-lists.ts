import type { Call } from "./filters/call.js";
import { printf } from "./filters/printf.js";
import { attributeOf } from "./filters/sequences.js";
import { productOf } from "./filters/sets.js";
import { isMapping, pythonText, truthy } from "./python.js";

const MAX_SEQUENCE = 100_000;

/** The lookups that make a list of what they are given. */
export type Lookup = (call: Call) => readonly unknown[];

const given = (call: Call): readonly unknown[] => call.args.slice(1);
const listsOf = (call: Call) => given(call).map((each) => call.list(each));

const crossed = (call: Call): unknown[][] => productOf(call, given(call));

function together(call: Call): readonly unknown[] {
  const lists = listsOf(call);
  const length = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length }, (_, index) => lists.map((list) => list[index] ?? null));
}

/** `lookup('sequence', 'start=1 end=5 stride=2 format=x%02d')`, or the same as keywords, or `1-5/2:x%02d`. */
function sequence(call: Call): string[] {
  const text = given(call).map(pythonText).join(" ").trim();
  const short = /^(?:(0x[\da-f]+|\d+)-)?(0x[\da-f]+|\d+)(?:\/(\d+))?(?::(.+))?$/i.exec(text);
  const words = Object.fromEntries(
    [...text.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
  );
  const option = (name: string, index: number): unknown => call.kwargs[name] ?? words[name] ?? short?.[index];
  const start = Number(option("start", 1) ?? 1);
  const count = option("count", 9);
  const stride = Number(
    option("stride", 3) ?? (count === undefined && Number(option("end", 2)) < start ? -1 : 1),
  );
  const end = count === undefined ? Number(option("end", 2)) : start + (Number(count) - 1) * stride;
  if (![start, end, stride].every(Number.isInteger) || stride === 0) call.fail("cannot read the sequence");
  const length = Math.max(0, Math.floor((end - start) / stride) + 1);
  if (length > MAX_SEQUENCE) call.fail("makes too long a list");
  const format = pythonText(option("format", 4) ?? "%d");
  return Array.from({ length }, (_, index) => printf(format, [start + index * stride]));
}

/** Pairs of an item and each entry of a list in it. */
function subelements(call: Call): unknown[] {
  const [items, key, options] = given(call);
  const skips = isMapping(options) && truthy(options["skip_missing"] ?? false);
  return subelementsOf(call, items, key, skips).map(([item, entry]) => [withoutKey(item, key), entry]);
}

/** Unlike the filter, the look-up leaves the list itself out. */
const withoutKey = (item: unknown, key: unknown): unknown =>
  isMapping(item)
    ? Object.fromEntries(Object.entries(item).filter(([name]) => name !== pythonText(key)))
    : item;

/** The filter of the same name. */
export const subelementsFilter = (call: Call): unknown[] =>
  subelementsOf(call, call.value, call.arg(0, "subelements"), truthy(call.arg(1, "skip_missing", false)));

function subelementsOf(call: Call, items: unknown, key: unknown, skips: boolean): unknown[][] {
  const all = isMapping(items) ? Object.values(items) : call.list(items);
  return all.flatMap((item) => {
    const entries = attributeOf(item, Array.isArray(key) ? key.join(".") : key);
    if (entries === undefined && skips) return [];
    if (!Array.isArray(entries)) return call.fail(`found an item without a list '${pythonText(key)}'`);
    return entries.map((entry) => [item, entry]);
  });
}

export const LIST_LOOKUPS: Readonly<Record<string, Lookup>> = {
  items: (call) => given(call).flat(1),
  list: (call) => given(call),
  flattened: (call) => (given(call) as unknown[]).flat(100 as 1),
  nested: crossed,
  cartesian: crossed,
  together,
  indexed_items: (call) =>
    given(call)
      .flat(1)
      .map((item, index) => [index, item]),
  sequence,
  subelements,
};
