import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { noteFile } from "../../inputs.js";
import { iniSection } from "../../template/lookup-tables.js";

/**
 * Further directories of roles, absolute: those of ANSIBLE_ROLES_PATH, else of `roles_path` in the project's ansible.cfg, of which
 * nothing else is read.
 */
export function rolesPath(project: string, environment: NodeJS.ProcessEnv): string[] {
  const given = environment["ANSIBLE_ROLES_PATH"];
  if (given) return directories(given, process.cwd());
  const path = join(project, "ansible.cfg");
  noteFile(path);
  if (!existsSync(path)) return [];
  const written = iniSection(readFileSync(path, "utf8"), "defaults")?.get("roles_path");
  return directories(written ?? "", project);
}

const directories = (list: string, base: string): string[] =>
  list
    .split(":")
    .map((each) => each.trim())
    .filter((each) => each !== "")
    .map((each) => resolve(base, each.replace(/^~(?=\/|$)/, homedir())));
