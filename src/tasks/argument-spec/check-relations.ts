import { equal, pythonText } from "../../template/python.js";
import type { Mapping } from "../../values/mapping.js";
import type { Option } from "./option.js";

/** Options of a dict that exclude each other. @param values without defaults */
export function excludingComplaints({ mutually_exclusive: groups }: Option, values: Mapping): string[] {
  const both = (groups ?? []).filter((group) => count(group, values) > 1);
  if (both.length === 0) return [];
  return [`parameters are mutually exclusive: ${both.map((group) => group.join("|")).join(", ")}`];
}

/** Options of a dict that others need; of each kind the first. @param values of their types, with defaults */
export function lackingComplaints(relations: Option, values: Mapping): string[] {
  const { required_together, required_one_of, required_if, required_by } = relations;
  const has = (name: string) => Object.hasOwn(values, name);
  const alone = (required_together ?? []).find((group) => group.some(has) && !group.every(has));
  const none = (required_one_of ?? []).find((group) => !group.some(has));
  const conditions = (required_if ?? []).map((condition) => lackingIf(condition, values));
  const needs = Object.entries(required_by ?? {}).map((entry) => lackingBy(entry, values));
  return [
    alone && `parameters are required together: ${alone.join(", ")}`,
    none && `one of the following is required: ${none.join(", ")}`,
    conditions.find((message) => message !== undefined),
    needs.find((message) => message !== undefined),
  ].filter((message) => message !== undefined);
}

const count = (names: readonly string[], values: Mapping): number =>
  names.filter((name) => Object.hasOwn(values, name)).length;

/** `[option, value, [needed ...], whether one of them will do]` */
function lackingIf([key, value, needed, one]: readonly unknown[], values: Mapping): string | undefined {
  if (typeof key !== "string" || !Object.hasOwn(values, key) || !equal(values[key], value)) return undefined;
  const names = [needed].flat().map(pythonText);
  const missing = names.filter((name) => !Object.hasOwn(values, name));
  if (missing.length === 0 || (one === true && missing.length < names.length)) return undefined;
  const how = one === true ? "any" : "all";
  return `${key} is ${pythonText(value)} but ${how} of the following are missing: ${missing.join(", ")}`;
}

function lackingBy([key, needed]: [string, string | readonly string[]], values: Mapping): string | undefined {
  const isThere = (name: string) => values[name] !== undefined && values[name] !== null;
  const missing = isThere(key) ? [needed].flat().filter((name) => !isThere(name)) : [];
  return missing.length === 0
    ? undefined
    : `missing parameter(s) required by '${key}': ${missing.join(", ")}`;
}
