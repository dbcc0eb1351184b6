import { equal } from "../template/python.js";
import { entryOf, isMapping, type Mapping } from "../values/mapping.js";
import { Template } from "../values/template.js";

/** The index of the first item that has all of a matcher's keys with equal values, or -1. */
export const findItem = (list: readonly unknown[], matcher: Mapping): number =>
  list.findIndex(
    (item) =>
      isMapping(item) &&
      Object.entries(matcher).every(([key, value]) => same(key, entryOf(item, key), value)),
  );

function same(key: string, found: unknown, wanted: unknown): boolean {
  if (found instanceof Template && wanted instanceof Template) return found.source === wanted.source;
  if (key === "callback" && typeof found === "string" && typeof wanted === "string")
    return bareName(found) === bareName(wanted);
  return equal(found, wanted);
}

/** `callbacks/sources/fetch.yaml` and `fetch` are one callback. */
const bareName = (callback: string): string =>
  callback.slice(callback.lastIndexOf("/") + 1).replace(/\.ya?ml$/i, "");
