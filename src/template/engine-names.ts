import { ConfigError } from "../errors.js";
import type { Kwargs } from "./filters/call.js";
import { pythonText } from "./python.js";

const COMPARISONS: Kwargs = { "==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge" };
/** A test's name as the engine spells it after `is`. */
export const testWord = (name: string) => word(pythonText(COMPARISONS[name] ?? name));

/** A name that can stand in the engine's code. @throws ConfigError */
export function word(name: string): string {
  if (!/^\w+$/.test(name)) throw new ConfigError(`'${name}' is no name of a filter, test or argument`);
  return name;
}
