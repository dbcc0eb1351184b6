import { isMapping, pythonText } from "../python.js";
import type { Call, Filters } from "./call.js";
import { pythonRegex } from "./regex.js";

type Fits = (key: string) => boolean;

/** Whether a key is one that `target` names, in the way of `matching_parameter`. */
function matcher(call: Call, target: string): Fits {
  const how = call.text(1, "matching_parameter", "equality");
  switch (how) {
    case "equality":
      return (key) => key === target;
    case "starts_with":
      return (key) => key.startsWith(target);
    case "ends_with":
      return (key) => key.endsWith(target);
    case "regex": {
      const pattern = pythonRegex(call, target, "y");
      return (key) => {
        pattern.lastIndex = 0;
        return pattern.test(key);
      };
    }
    default:
      return call.fail(`takes matching_parameter: equality, starts_with, ends_with, regex; not '${how}'`);
  }
}

function anyOf(call: Call): Fits {
  const all = [call.arg(0, "target")].flat().map((target) => matcher(call, pythonText(target)));
  return (key) => all.some((fits) => fits(key));
}

/** Everything below, by what becomes of each entry of a mapping: its new key, or undefined for none. */
function renamed(value: unknown, name: (key: string) => string | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, name));
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).flatMap(([key, entry]) => {
    const other = name(key);
    return other === undefined ? [] : [[other, renamed(entry, name)] as const];
  });
  return Object.fromEntries(entries);
}

const isEmpty = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : isMapping(value) && Object.keys(value).length === 0;

/** What has one of the keys, with the way that leads there. */
function kept(value: unknown, fits: Fits): unknown {
  if (Array.isArray(value)) return value.map((item) => kept(item, fits)).filter((item) => !isEmpty(item));
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).flatMap(([key, entry]) => {
    const isInner = Array.isArray(entry) || isMapping(entry);
    if (!isInner) return fits(key) ? [[key, entry] as const] : [];
    const below = kept(entry, fits);
    const onlyTexts = Array.isArray(below) && below.every((item) => typeof item === "string");
    return isEmpty(below) || onlyTexts ? [] : [[key, below] as const];
  });
  return Object.fromEntries(entries);
}

function replaceKeys(call: Call): unknown {
  const rules = [call.arg(0, "target")].flat().map((each) => {
    const { before, after } = call.mapping(each);
    return { fits: matcher(call, pythonText(before ?? "")), after: pythonText(after ?? "") };
  });
  return renamed(call.value, (key) =>
    rules.reduce((name, { fits, after }) => (fits(name) ? after : name), key),
  );
}

/** Each value that is no container by the path that leads to it. */
function paths(value: unknown, prefix: string, into: Map<string, unknown>): Map<string, unknown> {
  const entries: (readonly [string, unknown])[] = Array.isArray(value)
    ? value.map((item, index) => [`${prefix}[${index}]`, item])
    : Object.entries(value as object).map(([key, entry]) => [pathTo(prefix, key), entry]);
  for (const [path, entry] of entries)
    if ((Array.isArray(entry) || isMapping(entry)) && !isEmpty(entry)) paths(entry, path, into);
    else into.set(path, entry);
  return into;
}

function pathTo(prefix: string, key: string): string {
  if (!/^[a-zA-Z_]\w*$/.test(key)) return `${prefix}['${key}']`;
  return prefix === "" ? key : `${prefix}.${key}`;
}

/** ansible.utils' filters on the keys of nested values. */
export const KEY_FILTERS: Filters = {
  keep_keys: (call) => kept(call.value, anyOf(call)),
  remove_keys: (call) => {
    const fits = anyOf(call);
    return renamed(call.value, (key) => (fits(key) ? undefined : key));
  },
  replace_keys: replaceKeys,
  to_paths: (call) => Object.fromEntries(paths(call.value, call.text(0, "prepend"), new Map())),
};
