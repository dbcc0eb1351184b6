import { ConfigError } from "../errors.js";
import type { Kwargs } from "./filters/call.js";
import { pythonText } from "./python.js";

const COMPARISONS: Kwargs = { "==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge" };
/** What the engine knows besides our own, all that `FILTERS` and `TESTS` do not name. */
export const ENGINE_FILTERS =
  "abs attr batch bool capitalize chain d default dictsort e escape filesizeformat first float groupby indent int items join last length count lines list lower map max min pluralize pprint reject rejectattr replace reverse round safe select selectattr slice sort split string striptags sum title tojson trim truncate unique upper".split(
    " ",
  );
export const ENGINE_TESTS =
  "boolean defined divisibleby endingwith eq equalto even escaped false filter float ge gt greaterthan in integer iterable le lessthan lower lt mapping ne none number odd safe sameas sequence startingwith string test true undefined upper".split(
    " ",
  );

/** What `select` and the like take for a test. */
export const TEST_SIGNS = Object.keys(COMPARISONS);

/** A test's name as the engine spells it after `is`. */
export const testWord = (name: string) => word(pythonText(COMPARISONS[name] ?? name));

/** A name that can stand in the engine's code. @throws ConfigError */
export function word(name: string): string {
  if (!/^\w+$/.test(name)) throw new ConfigError(`'${name}' is no name of a filter, test or argument`);
  return name;
}
