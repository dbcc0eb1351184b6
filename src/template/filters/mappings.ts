import { compare, equal, isMapping, pythonText, truthy } from "../python.js";
import type { Call, Filters } from "./call.js";

type Mapping = Readonly<Record<string, unknown>>;
type MergeLists = (left: readonly unknown[], right: readonly unknown[]) => readonly unknown[];

const without = (list: readonly unknown[], others: readonly unknown[]) =>
  list.filter((item) => !others.some((other) => equal(other, item)));

const MERGE_LISTS: Readonly<Record<string, MergeLists>> = {
  replace: (_, right) => right,
  keep: (left) => left,
  append: (left, right) => [...left, ...right],
  prepend: (left, right) => [...right, ...left],
  append_rp: (left, right) => [...without(left, right), ...right],
  prepend_rp: (left, right) => [...right, ...without(left, right)],
};

/** Ansible's `combine`: the later mapping wins; see its `recursive` and `list_merge`. */
export function combineMappings(
  left: Mapping,
  right: Mapping,
  recursive: boolean,
  lists: MergeLists,
): Mapping {
  const result = new Map(Object.entries(left));
  for (const [key, value] of Object.entries(right)) {
    const before = result.get(key);
    if (recursive && isMapping(before) && isMapping(value))
      result.set(key, combineMappings(before, value, recursive, lists));
    else if (Array.isArray(before) && Array.isArray(value)) result.set(key, lists(before, value));
    else result.set(key, value);
  }
  return Object.fromEntries(result);
}

/** What `list_merge` makes of two lists under one key. @throws ConfigError */
export function listMergeOf(call: Call): MergeLists {
  const name = pythonText(call.kwargs["list_merge"] ?? "replace");
  const lists = Object.hasOwn(MERGE_LISTS, name) ? MERGE_LISTS[name] : undefined;
  return lists ?? call.fail(`takes list_merge: ${Object.keys(MERGE_LISTS).join(", ")}; not '${name}'`);
}

function combine(call: Call): Mapping {
  const lists = listMergeOf(call);
  const recursive = truthy(call.kwargs["recursive"] ?? false);
  const all = [call.value, ...call.args].flat(10).filter((each) => each !== null);
  return all
    .map((each) => call.mapping(each))
    .reduce((left, right) => combineMappings(left, right, recursive, lists), {});
}

function dict2items(call: Call): unknown[] {
  const key = call.text(0, "key_name", "key");
  const value = call.text(1, "value_name", "value");
  return Object.entries(call.mapping()).map(([name, entry]) => ({ [key]: name, [value]: entry }));
}

function items2dict(call: Call): Mapping {
  const key = call.text(0, "key_name", "key");
  const value = call.text(1, "value_name", "value");
  const entries = call.list().map((item) => {
    const mapping = call.mapping(item);
    if (!Object.hasOwn(mapping, key) || !Object.hasOwn(mapping, value))
      call.fail(`needs items with '${key}' and '${value}'`);
    return [pythonText(mapping[key]), mapping[value]];
  });
  return Object.fromEntries(entries);
}

function dictsort(call: Call): unknown[] {
  const by = call.text(1, "by", "key") === "value" ? 1 : 0;
  const sign = truthy(call.arg(2, "reverse", false)) ? -1 : 1;
  const fold = (value: unknown) =>
    typeof value === "string" && !truthy(call.arg(0, "case_sensitive", false)) ? value.toLowerCase() : value;
  return Object.entries(call.mapping()).sort(
    (left, right) => sign * compare(fold(left[by]), fold(right[by])),
  );
}

/** `key | extract(container, morekeys)`. */
function extract(call: Call): unknown {
  const more = call.arg(1, "morekeys");
  const keys = [call.value, ...(more === null ? [] : Array.isArray(more) ? more : [more])];
  return keys.reduce<unknown>(
    (here, key) => {
      const name = pythonText(key);
      if (Array.isArray(here) && Number(key) in here) return here[Number(key)];
      if (isMapping(here) && Object.hasOwn(here, name)) return here[name];
      return call.fail(`finds no '${name}'`);
    },
    call.arg(0, "container"),
  );
}

/** A list of mappings, or a mapping of them, by what each has under a key. */
function rekey(call: Call): Mapping {
  const key = call.text(0, "key");
  const overwrites = call.text(1, "duplicates", "error") === "overwrite";
  const items = isMapping(call.value) ? Object.values(call.value) : call.list();
  const result = new Map<string, unknown>();
  for (const item of items) {
    const mapping = call.mapping(item);
    if (!Object.hasOwn(mapping, key)) call.fail(`found an item without '${key}'`);
    const name = pythonText(mapping[key]);
    if (result.has(name) && !overwrites) call.fail(`found two items with '${name}'`);
    result.set(name, item);
  }
  return Object.fromEntries(result);
}

/** `dict(pairs, more=1)`, and the filter of that name. */
export function dictOf(call: Call, pairs: unknown = call.args[0] ?? []): Mapping {
  const start = isMapping(pairs)
    ? pairs
    : Object.fromEntries(call.list(pairs).map((pair) => [...call.list(pair)]) as [string, unknown][]);
  return { ...start, ...call.kwargs };
}

export const MAPPING_FILTERS: Filters = {
  combine,
  dict: (call) => dictOf(call, call.value),
  dict2items,
  items2dict,
  dictsort,
  extract,
  rekey_on_member: rekey,
  items: (call) => Object.entries(call.mapping()),
};
