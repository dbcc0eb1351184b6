import { measured } from "../../template/filters/units.js";
import { isMapping, pythonText } from "../../template/python.js";
import { bool } from "../module/arguments.js";
import type { ValueType } from "./option.js";

/** A value that is none of a type, in Ansible's words. */
export class WrongType extends Error {}

/** Python's name of a value's type, as `type()` prints it. */
export function pythonType(value: unknown): string {
  if (value === null) return "<class 'NoneType'>";
  if (Array.isArray(value)) return "<class 'list'>";
  if (isMapping(value)) return "<class 'dict'>";
  if (typeof value === "boolean") return "<class 'bool'>";
  if (typeof value === "number") return Number.isInteger(value) ? "<class 'int'>" : "<class 'float'>";
  return "<class 'str'>";
}

/** A value as an option of a type has it. @throws WrongType */
export function converted(type: ValueType, value: unknown): unknown {
  switch (type) {
    case "raw":
      return value;
    case "str":
    case "path":
      return pythonText(value);
    case "int":
      return whole(value);
    case "float":
      return fraction(value);
    case "bool":
      return truth(value);
    case "list":
      return listed(value);
    case "dict":
      return mapping(value);
    case "json":
    case "jsonarg":
      if (typeof value === "string" || isContainer(value)) return value;
      throw cannot(value, "a json string");
    case "bytes":
      return size(value, false);
    case "bits":
      return size(value, true);
  }
}

const isContainer = (value: unknown): boolean => Array.isArray(value) || isMapping(value);

const cannot = (value: unknown, what: string): WrongType =>
  new WrongType(`${pythonType(value)} cannot be converted to ${what}`);

function whole(value: unknown): number | boolean {
  if (typeof value === "boolean" || Number.isInteger(value)) return value as number | boolean;
  if (typeof value === "string" && /^\s*[-+]?\d+(?:_\d+)*\s*$/.test(value))
    return Number(value.replaceAll("_", ""));
  throw cannot(value, "an int");
}

function fraction(value: unknown): number {
  if (typeof value === "number" || typeof value === "boolean") return Number(value);
  if (typeof value === "string" && /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i.test(value))
    return Number(value);
  throw cannot(value, "a float");
}

function truth(value: unknown): boolean {
  const { success, data } = bool().safeParse(value);
  if (success) return data;
  if (isContainer(value)) throw cannot(value, "a bool");
  throw new WrongType(`The value '${pythonText(value)}' is not a valid boolean.`);
}

function listed(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "string") return value.split(",");
  if (typeof value === "number" || typeof value === "boolean") return [pythonText(value)];
  throw cannot(value, "a list");
}

function mapping(value: unknown): unknown {
  if (isMapping(value)) return value;
  if (typeof value !== "string") throw cannot(value, "a dict");
  if (value.startsWith("{")) return fromJson(value);
  const pairs = value.split(/[, ]+/).filter((pair) => pair !== "");
  if (pairs.length > 0 && pairs.every((pair) => pair.includes("=")))
    return Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
    );
  throw new WrongType("dictionary requested, could not parse JSON or key=value");
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new WrongType("unable to evaluate string as dictionary");
  }
}

function size(value: unknown, isBits: boolean): number {
  const found = measured(pythonText(value), isBits);
  if (found === undefined) throw cannot(value, isBits ? "a Bit value" : "a Byte value");
  return found;
}
