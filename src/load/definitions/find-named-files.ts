import { ConfigError, type Position } from "../../errors.js";
import { evaluate } from "../../template/evaluate.js";
import { Scope } from "../../template/scope.js";
import type { Mapping } from "../../values/mapping.js";
import { isFile } from "../files/directory.js";
import { shownPath, userPath } from "../files/user-file.js";
import type { UserFiles } from "../files/user-files.js";
import { callbackNames, callbackPlaces } from "./callback-places.js";
import type { NamedFiles } from "./named-files.js";
import type { VmDefinition } from "./vm-definition.js";

/** Finds files by a VM's definition, given the VM's variables. */
export type FindFiles = (variables: Mapping) => NamedFiles;

/** @param directories where names are looked for, the first one first */
export function namedFiles(directories: readonly string[], files: UserFiles, variables: Mapping): NamedFiles {
  const find = (name: string, position: Position | undefined): string => {
    const places = [...new Set(directories.map((directory) => userPath(name, directory)))];
    const found = places.find(isFile);
    if (found !== undefined) return found;
    throw new ConfigError(`there is no file '${name}'`, {
      position,
      hint: `looked for ${places.map((place) => shownPath(place, files.cwd)).join(", ")}`,
    });
  };
  const shown = (path: string) => shownPath(path, files.cwd);
  return {
    callback: (written) => {
      const path = callbackPlaces(written, directories).find(isFile);
      return path === undefined ? undefined : { path, shown: shown(path) };
    },
    callbacksNear: (written) => ({
      names: callbackNames(directories),
      places: callbackPlaces(written, directories).map(shown),
    }),
    text: (name, position) => {
      const path = find(name, position);
      return { file: shownPath(path, files.cwd), text: files.textNow(path) };
    },
    yaml: (name: string, definition: VmDefinition, position) =>
      evaluate(files.yamlNow(find(name, position)), new Scope([variables, { vm: definition }])),
  };
}
