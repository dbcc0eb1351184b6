import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { SyncContext, SyncOptions } from "../../tasks/sync/options.js";
import { pullTree, pushTree } from "../../tasks/sync/transfer.js";
import type { Command, Shell } from "../../transport/shell.js";

/** As scp -rp: all of it, modes and times, nobody's ownership. */
const LIKE_SCP: SyncOptions = {
  recursive: true,
  links: true,
  copyLinks: false,
  perms: true,
  times: true,
  owner: false,
  group: false,
  checksum: false,
  existingOnly: false,
  ignoreExisting: false,
  update: false,
  delete: false,
  rules: [],
};

const contextOf = (shell: Shell, signal: AbortSignal): SyncContext => ({
  ask: (command, options) => shell.run(command, { signal, ...options }),
  act: (command) => shell.run(command, { signal }),
  check: false,
});

const IS_DIRECTORY = `case $1 in "~" | "~/"*) set -- "$HOME\${1#"~"}" ;; esac; [ -d "$1" ]`;

const isDirectoryCommand = (path: string): Command => ({
  argv: ["sh", "-c", IS_DIRECTORY, "farm-is-directory", path],
  readOnly: true,
  timeoutMs: 60_000,
});

const isDirectoryThere = async (shell: Shell, path: string, signal: AbortSignal): Promise<boolean> =>
  (await shell.run(isDirectoryCommand(path), { signal })).code === 0;

const isDirectoryHere = async (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

const withoutSlash = (path: string): string => path.replace(/(?<=.)\/+$/, "");

/** Its own name at the destination is what is in it, when it takes a new name there. */
export const asSource = (path: string, takesNewName: boolean): string =>
  takesNewName ? `${withoutSlash(path)}/` : withoutSlash(path);

/** Copies a path of this machine to a guest. @throws ModuleFailure */
export async function copyToGuest(
  shell: Shell,
  source: string,
  dest: string,
  signal: AbortSignal,
): Promise<void> {
  const path = local(source);
  const takesNewName = (await isDirectoryHere(path)) && !(await isDirectoryThere(shell, dest, signal));
  await pushTree(contextOf(shell, signal), asSource(path, takesNewName), dest, LIKE_SCP);
}

/** Copies a path of a guest to this machine. @throws ModuleFailure */
export async function copyFromGuest(
  shell: Shell,
  source: string,
  dest: string,
  signal: AbortSignal,
): Promise<void> {
  const path = dest.endsWith("/") ? `${local(dest)}/` : local(dest);
  const takesNewName = !(await isDirectoryHere(path)) && (await isDirectoryThere(shell, source, signal));
  await pullTree(contextOf(shell, signal), asSource(source, takesNewName), path, LIKE_SCP);
}

const local = (path: string): string => resolve(path.replace(/^~(?=\/|$)/, () => join(homedir())));
