import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { noteFile } from "../../inputs.js";
import { iniSection } from "../../template/lookup-tables.js";

/** Where roles are besides the project's own; absolute directories. */
export interface RolePlaces {
  readonly roles: readonly string[];
  /** Each may hold `ansible_collections/NAMESPACE/NAME/roles/ROLE`. */
  readonly collections: readonly string[];
}

const ROLES = "~/.ansible/roles:/usr/share/ansible/roles:/etc/ansible/roles";
const COLLECTIONS = "~/.ansible/collections:/usr/share/ansible/collections";

/**
 * Those of ANSIBLE_ROLES_PATH and ANSIBLE_COLLECTIONS_PATH, else of `roles_path` and `collections_path` in the project's ansible.cfg, of
 * which nothing else is read, else where Ansible looks; collections also in the project's `collections`.
 */
export function rolePlaces(project: string, environment: NodeJS.ProcessEnv): RolePlaces {
  const path = join(project, "ansible.cfg");
  noteFile(path);
  const written = existsSync(path) ? iniSection(readFileSync(path, "utf8"), "defaults") : undefined;
  const places = (variables: readonly string[], keys: readonly string[], otherwise: string): string[] => {
    const given = variables.map((name) => environment[name]).find(Boolean);
    if (given !== undefined) return directories(given, process.cwd());
    return directories(keys.map((key) => written?.get(key)).find(Boolean) ?? otherwise, project);
  };
  const collections = places(
    ["ANSIBLE_COLLECTIONS_PATH", "ANSIBLE_COLLECTIONS_PATHS"],
    ["collections_path", "collections_paths"],
    COLLECTIONS,
  );
  return {
    roles: places(["ANSIBLE_ROLES_PATH"], ["roles_path"], ROLES),
    collections: [join(project, "collections"), ...collections],
  };
}

const directories = (list: string, base: string): string[] =>
  list
    .split(":")
    .map((each) => each.trim())
    .filter((each) => each !== "")
    .map((each) => resolve(base, each.replace(/^~(?=\/|$)/, homedir())));
