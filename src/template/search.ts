import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

/** Where the expressions of a task find the user's files. */
export interface FileSearch {
  /** Ansible's `ansible_search_path`: of the role, of the task file, of the playbook. Absolute. */
  readonly directories: readonly string[];
  /** A file's text, decrypted when it is a vault. @throws ConfigError */
  text(path: string): string;
  /** A path as messages name it. */
  shown(path: string): string;
}

/** Each directory after its own of a kind: `role/templates`, `role`, ... */
export const withKind = (directories: readonly string[], kind: "files" | "templates" | "vars"): string[] => [
  ...new Set(directories.flatMap((each) => [join(each, kind), each])),
];

/** The file that `include` and the like name: below one of the directories, as Jinja looks for it, never above. */
export function findTemplate(name: string, directories: readonly string[]): string | undefined {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.length === 0 || parts.includes("..")) return undefined;
  return directories.map((each) => join(each, ...parts)).find(isFile);
}

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();
