import { ConfigError } from "../errors.js";
import { CHANGERS } from "./changes.js";
import type { Call } from "./filters/call.js";
import { braceFormat } from "./filters/printf.js";
import { timeMethod } from "./filters/times.js";
import { equal, isMapping, pythonText } from "./python.js";
import { TEXT_METHODS } from "./text-methods.js";

/** Python's methods that the engine lacks, or whose order of keys it would lose. */
export const METHODS: ReadonlySet<string> = new Set([
  ..."get items keys values format copy index".split(" "),
  ...CHANGERS,
  ..."strftime isoformat timestamp total_seconds date".split(" "),
  ...Object.keys(TEXT_METHODS),
]);

/** (value, name, arguments...) */
export function method(call: Call): unknown {
  const [value, name, ...args] = call.args;
  const time = timeMethod(value, name, args[0]);
  if (time !== undefined) return time;
  if (name === "format" && typeof value === "string") return braceFormat(value, args, call.kwargs);
  if (name === "copy" && Array.isArray(value)) return value;
  if (name === "index" && (Array.isArray(value) || typeof value === "string")) return indexOf(value, args[0]);
  const ofText = TEXT_METHODS[pythonText(name)];
  if (ofText && typeof value === "string") return ofText(value, args);
  if (isMapping(value)) return ofMapping(value, pythonText(name), args);
  throw noMethod(pythonText(name));
}

function indexOf(value: readonly unknown[] | string, wanted: unknown): number {
  const index =
    typeof value === "string"
      ? value.indexOf(pythonText(wanted))
      : value.findIndex((item) => equal(item, wanted));
  if (index < 0) throw new ConfigError(`'${pythonText(wanted)}' is not in what index() looks through`);
  return index;
}

function ofMapping(mapping: Record<string, unknown>, name: string, args: readonly unknown[]): unknown {
  if (name === "get") {
    const key = pythonText(args[0]);
    return Object.hasOwn(mapping, key) ? mapping[key] : (args[1] ?? null);
  }
  if (name === "keys") return Object.keys(mapping);
  if (name === "values") return Object.values(mapping);
  if (name === "items") return Object.entries(mapping);
  if (name === "copy") return mapping;
  throw noMethod(name);
}

function noMethod(name: string): ConfigError {
  const hint = CHANGERS.has(name)
    ? "only what {% set %} binds changes in place; use 'combine' for mappings and '+' for lists"
    : undefined;
  return new ConfigError(`this value has no method '${name}'`, { hint });
}
