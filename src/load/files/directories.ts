import { basename, dirname, resolve } from "node:path";
import { ConfigError } from "../../errors.js";
import { packageDirectory } from "../../package.js";
import type { Scope } from "../../template/scope.js";
import type { Mapping } from "../../values/mapping.js";
import { positionOf } from "../../values/position.js";
import { describeValue } from "../../values/validate.js";
import { isDirectory } from "./directory.js";
import { shownPath, userPath } from "./user-file.js";

const LOOKUP = "parse_lookup_dir_path";

/** An inventory's directory, or the one above it when that is called `inventories`. */
export function projectDirectory(inventoryPath: string): string {
  const directory = dirname(inventoryPath);
  return basename(directory) === "inventories" ? dirname(directory) : directory;
}

interface LookupInput {
  readonly directory: string;
  readonly cwd: string;
  /** Whose `parse_lookup_dir_path` counts. */
  readonly variables: Mapping;
  readonly scope: Scope;
}

/**
 * Where `targets/` and `platforms/` are looked for: in `parse_lookup_dir_path`, or, when nobody sets it, in the project, the
 * current directory and farm's own samples.
 * @throws ConfigError at the variable
 */
export function lookupDirectories({ directory, cwd, variables, scope }: LookupInput): string[] {
  if (!Object.hasOwn(variables, LOOKUP)) return [...new Set([directory, cwd, resolve(packageDirectory)])];
  const written = scope.get(LOOKUP);
  const position = positionOf(variables, LOOKUP);
  if (typeof written !== "string" || written === "")
    throw new ConfigError(`${LOOKUP} must be a path, got ${describeValue(written)}`, { position });
  const candidates = [...new Set([directory, cwd].map((base) => userPath(written, base)))];
  const found = candidates.filter(isDirectory);
  if (found.length > 0) return found;
  throw new ConfigError(`${LOOKUP} '${written}' is not a directory`, {
    position,
    hint: `looked for ${candidates.map((path) => shownPath(path, cwd)).join(" and ")}`,
  });
}
