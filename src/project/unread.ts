import { join } from "node:path";
import { isFile } from "../load/files/directory.js";
import { shownPath } from "../load/files/user-file.js";
import type { Project } from "./project.js";

/** Where ansible_farm has targets and platforms when nobody says. */
const SETUP = "setup_vm";

/** Files of ansible_farm's that a project has for its VMs and that are not read, since nothing says that they are there. */
export function unreadDefinitions({ vms, directory, cwd, hosts }: Project): string[] {
  const isSaid = [...hosts.values()].some(({ variables }) =>
    Object.hasOwn(variables, "parse_lookup_dir_path"),
  );
  const wanted = vms.flatMap(({ target, platform }) => [`targets/${target}`, `platforms/${platform}`]);
  const files = wanted.flatMap((name) => [`${name}.yaml`, `${name}.yml`]);
  const paths = [...new Set(files)].map((file) => join(directory, SETUP, file));
  return isSaid ? [] : paths.filter(isFile).map((path) => shownPath(path, cwd));
}
