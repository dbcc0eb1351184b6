import { globPattern } from "../../glob.js";
import { compilePython } from "../../template/filters/regex.js";
import { ModuleFailure } from "../module/failure.js";

/** Which names a pattern means: a glob as of Python's fnmatch, or a regular expression that a name must match from its beginning. @throws ModuleFailure */
export function namePattern(pattern: string, isRegex: boolean): RegExp {
  if (!isRegex) return globPattern(pattern);
  try {
    return compilePython(`(?:^)(?:${pattern})`, "");
  } catch {
    throw new ModuleFailure(`'${pattern}' is no regular expression`);
  }
}
