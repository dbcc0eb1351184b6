import { ConfigError } from "../../errors.js";
import { isMapping, type Mapping } from "../../values/mapping.js";
import { positionOf } from "../../values/position.js";
import { describeValue } from "../../values/validate.js";
import type { Reading } from "../../yaml/yaml-values.js";
import { shownPath } from "../files/user-file.js";
import type { UserFiles } from "../files/user-files.js";

/** The variables of a YAML file; an empty file has none. @throws ConfigError(s) */
export async function readVarsFile(
  path: string,
  files: UserFiles,
  reading: Pick<Reading, "lazy"> = {},
): Promise<Mapping> {
  return asVariables(await files.yaml(path, reading), shownPath(path, files.cwd));
}

/** @throws ConfigError when a parsed file is not a mapping of variables. */
export function asVariables(value: unknown, file: string): Mapping {
  if (value === null) return {};
  if (isMapping(value)) return value;
  throw new ConfigError(`variables are a mapping of NAME: VALUE, got ${describeValue(value)}`, {
    position: positionOf(value) ?? { file, line: 1, column: 1 },
  });
}
