import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { noteFile } from "../../inputs.js";
import type { UserFiles } from "../../load/files/user-files.js";
import { ModuleFailure } from "../module/failure.js";
import type { ControllerFiles } from "../module/module.js";
import type { Directives } from "../task.js";

/** The user's files as a task sees them. @param project the project's directory, absolute */
export function controllerFiles(
  { role, directory }: Directives,
  project: string,
  files: UserFiles,
): ControllerFiles {
  const expand = (path: string) => (path.startsWith("~/") ? join(homedir(), path.slice(2)) : path);
  return {
    async find(kind, path) {
      const name = expand(path);
      const bases = role
        ? [join(role.path, kind), role.path, join(directory, kind), directory]
        : [join(directory, kind), directory];
      const places = isAbsolute(name)
        ? [name]
        : [...bases, join(project, kind), project].map((base) => resolve(base, name));
      for (const place of new Set(places)) if (await exists(place)) return place;
      throw new ModuleFailure(
        `there is no '${path}' on the controller: looked for ${[...new Set(places)].join(", ")}`,
      );
    },
    async read(path) {
      try {
        const decrypted = await files.decrypted(path);
        return decrypted ?? (await readFile(path));
      } catch (error) {
        throw new ModuleFailure(`cannot read ${path} on the controller: ${(error as Error).message}`);
      }
    },
    resolve: (path) => resolve(directory, expand(path)),
  };
}

async function exists(path: string): Promise<boolean> {
  noteFile(path);
  return stat(path).then(
    () => true,
    () => false,
  );
}
