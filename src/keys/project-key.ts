import { homedir } from "node:os";
import { join } from "node:path";
import { projectDirectoryName } from "../naming.js";
import { createKey, type ProjectKey, readKey } from "./key-file.js";

export type { ProjectKey } from "./key-file.js";

interface KeyQuestion {
  readonly project: string;
  /** The user's `ansible_ssh_private_key_file` for guests; may begin with `~/`. */
  readonly keyFile?: string | undefined;
  /** Default: farm's own. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * The key that farm logs in to a project's guests with: the user's file, or one of farm's own below
 * `$XDG_DATA_HOME/farm/keys`. Made on this machine when it is not there.
 * @throws ConfigError when it cannot be read, is encrypted or cannot be made.
 */
export async function projectKey(question: KeyQuestion): Promise<ProjectKey> {
  const path = keyPath(question);
  return (await readKey(path)) ?? createKey(path, "farm");
}

/** The same key if it is there already. @throws ConfigError when it cannot be read or is encrypted */
export const findProjectKey = (question: KeyQuestion): Promise<ProjectKey | undefined> =>
  readKey(keyPath(question));

function keyPath({ project, keyFile, env = process.env }: KeyQuestion): string {
  const home = env["HOME"] || homedir();
  return keyFile === undefined ? ownKeyPath(project, env, home) : keyFile.replace(/^~(?=\/)/, () => home);
}

function ownKeyPath(
  project: string,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): string {
  const data = env["XDG_DATA_HOME"];
  // A relative XDG_DATA_HOME is to be ignored, says the specification.
  const base = data?.startsWith("/") ? data : join(home, ".local", "share");
  return join(base, "farm", "keys", projectDirectoryName(project), "id_ed25519");
}
