import { compare, equal, isMapping, pythonText, truthy } from "../python.js";
import { compareLoose } from "../version.js";
import type { Call, Filters } from "./call.js";

/** `a.b.0` of a value, as `map(attribute=...)` reads it; undefined when it is not there. */
export function attributeOf(value: unknown, attribute: unknown): unknown {
  return pythonText(attribute)
    .split(".")
    .reduce<unknown>((here, key) => {
      if (Array.isArray(here)) return here[Number(key)];
      return isMapping(here) && Object.hasOwn(here, key) ? here[key] : undefined;
    }, value);
}

function map(call: Call): unknown[] {
  const attribute = call.kwargs["attribute"];
  if (attribute !== undefined)
    return call.list().map((item) => {
      const found = attributeOf(item, attribute);
      if (found !== undefined) return found;
      if (Object.hasOwn(call.kwargs, "default")) return call.kwargs["default"];
      return call.fail(`found an item without '${pythonText(attribute)}'`);
    });
  const [name, ...args] = call.args;
  if (typeof name !== "string") return call.fail("needs the name of a filter, or attribute=");
  return call.list().map((item) => call.engine.filter(name, item, args, call.kwargs));
}

const selecting =
  (wanted: boolean) =>
  (call: Call): unknown[] => {
    const [test, ...args] = call.args;
    const holds = (item: unknown) =>
      test === undefined ? truthy(item) : call.engine.test(pythonText(test), item, args);
    return call.list().filter((item) => holds(item) === wanted);
  };

const selectingByAttribute =
  (wanted: boolean) =>
  (call: Call): unknown[] => {
    const [attribute, test, ...args] = call.args;
    const holds = (item: unknown) => {
      const value = attributeOf(item, attribute);
      const asks = test !== undefined && /^(?:.*\.)?(?:un)?defined$/.test(pythonText(test));
      if (value === undefined && !asks) call.fail(`found an item without '${pythonText(attribute)}'`);
      return test === undefined ? truthy(value) : call.engine.test(pythonText(test), value, args);
    };
    return call.list().filter((item) => holds(item) === wanted);
  };

/** What to compare an item by: its attribute, without case unless asked for. */
function keyOf(call: Call, attribute: unknown, caseSensitive: unknown): (item: unknown) => unknown {
  const fold = (value: unknown) =>
    typeof value === "string" && !truthy(caseSensitive) ? value.toLowerCase() : value;
  if (attribute === null) return fold;
  const names = pythonText(attribute).split(",");
  const read = (item: unknown, name: string) => {
    const value = attributeOf(item, name.trim());
    return value === undefined ? call.fail(`found an item without '${name}'`) : fold(value);
  };
  return (item) => (names.length === 1 ? read(item, names[0] ?? "") : names.map((name) => read(item, name)));
}

function sort(call: Call): unknown[] {
  const key = keyOf(call, call.arg(2, "attribute"), call.arg(1, "case_sensitive", false));
  const sign = truthy(call.arg(0, "reverse", false)) ? -1 : 1;
  return [...call.list()].sort((left, right) => sign * compare(key(left), key(right)));
}

function groupby(call: Call): unknown[] {
  const attribute = call.arg(0, "attribute");
  const key = keyOf(call, attribute, true);
  const groups: [unknown, unknown[]][] = [];
  for (const item of [...call.list()].sort((left, right) => compare(key(left), key(right)))) {
    const last = groups.at(-1);
    if (last && equal(last[0], key(item))) last[1].push(item);
    else groups.push([key(item), [item]]);
  }
  return groups;
}

const extreme =
  (sign: number) =>
  (call: Call): unknown => {
    const key = keyOf(call, call.arg(1, "attribute"), call.arg(0, "case_sensitive", false));
    const list = call.list();
    if (list.length === 0) call.fail("needs a list that is not empty");
    return list.reduce((best, item) => (sign * compare(key(item), key(best)) > 0 ? item : best));
  };

function sum(call: Call): unknown {
  const attribute = call.arg(0, "attribute");
  const start = call.arg(1, "start", 0);
  const items = call.list().map((item) => (attribute === null ? item : attributeOf(item, attribute)));
  if (Array.isArray(start)) return [...start, ...items.flat(1)];
  return items.reduce<number>((total, item) => total + Number(item), Number(start));
}

function join(call: Call): string {
  const attribute = call.arg(1, "attribute");
  const items = attribute === null ? call.list() : call.list().map((item) => attributeOf(item, attribute));
  return items.map((item) => (item === undefined ? "" : pythonText(item))).join(call.text(0, "d"));
}

/** 2.9 before 2.10. */
function versionSort(call: Call): unknown[] {
  const sign = truthy(call.arg(0, "reverse", false)) ? -1 : 1;
  return [...call.list()].sort((one, other) => sign * compareLoose(pythonText(one), pythonText(other)));
}

export const SEQUENCE_FILTERS: Filters = {
  map,
  select: selecting(true),
  reject: selecting(false),
  selectattr: selectingByAttribute(true),
  rejectattr: selectingByAttribute(false),
  sort,
  groupby,
  min: extreme(-1),
  max: extreme(1),
  sum,
  join,
  version_sort: versionSort,
  list: (call) => [...call.list()],
  reverse: (call) =>
    typeof call.value === "string" ? [...call.value].reverse().join("") : [...call.list()].reverse(),
};
