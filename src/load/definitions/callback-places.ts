import { join } from "node:path";
import { namesIn } from "../files/directory.js";
import { userPath } from "../files/user-file.js";

const FOLDERS = ["callbacks/sources", "callbacks"];

/**
 * Where the task file of a callback may be, the first place first: a path below each directory or its `tasks/`, a name below
 * `callbacks/sources/` and `callbacks/`, with `.yaml` or `.yml` where it has neither.
 * @param directories where targets and platforms are looked for
 */
export function callbackPlaces(written: string, directories: readonly string[]): string[] {
  const names = /\.ya?ml$/i.test(written) ? [written] : [`${written}.yaml`, `${written}.yml`];
  const folders = written.includes("/") ? [".", "tasks"] : FOLDERS;
  const places = directories.flatMap((directory) =>
    folders.flatMap((folder) => names.map((name) => userPath(name, join(directory, folder)))),
  );
  return [...new Set(places)];
}

/** The names of all task files below `callbacks/`. */
export const callbackNames = (directories: readonly string[]): string[] =>
  directories
    .flatMap((directory) => FOLDERS.map((folder) => join(directory, folder)))
    .flatMap(namesIn)
    .filter((name) => /\.ya?ml$/i.test(name))
    .map((name) => name.replace(/\.ya?ml$/i, ""));
