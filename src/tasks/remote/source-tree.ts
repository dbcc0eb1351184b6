import { lstat, readdir, readlink, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { ModuleFailure } from "../module/failure.js";

/** Something in a directory of the controller. */
export interface SourceEntry {
  readonly path: string;
  /** Its path within the directory; empty for the directory itself. */
  readonly name: string;
  readonly type: "file" | "directory" | "link";
  /** Of a link. */
  readonly target?: string;
}

/**
 * A directory and all that is in it, each directory ahead of its content; sockets and the like are left out.
 * @param follow whether links stand for what they lead to; one that leads nowhere, or to a directory above it, stays a link
 */
export async function sourceTree(root: string, follow: boolean): Promise<SourceEntry[]> {
  try {
    return await below({ path: root, name: "", type: "directory" }, follow, [await realpath(root)]);
  } catch (error) {
    throw new ModuleFailure(`cannot look into ${root} on the controller: ${(error as Error).message}`);
  }
}

async function below(
  directory: SourceEntry,
  follow: boolean,
  above: readonly string[],
): Promise<SourceEntry[]> {
  const all: SourceEntry[] = [directory];
  for (const name of (await readdir(directory.path)).sort()) {
    const path = join(directory.path, name);
    const entry = await entryAt(path, join(directory.name, name), follow, above);
    if (entry?.type !== "directory") {
      if (entry) all.push(entry);
      continue;
    }
    for (const each of await below(entry, follow, [...above, await realpath(path)])) all.push(each);
  }
  return all;
}

async function entryAt(
  path: string,
  name: string,
  follow: boolean,
  above: readonly string[],
): Promise<SourceEntry | undefined> {
  const status = await lstat(path);
  if (!status.isSymbolicLink()) {
    if (status.isDirectory()) return { path, name, type: "directory" };
    return status.isFile() ? { path, name, type: "file" } : undefined;
  }
  const leadsTo = follow ? await stat(path).catch(nothing) : undefined;
  if (leadsTo?.isFile()) return { path, name, type: "file" };
  if (leadsTo?.isDirectory() && !above.includes(await realpath(path)))
    return { path, name, type: "directory" };
  return { path, name, type: "link", target: await readlink(path) };
}

/** Only where a link leads nowhere, or around in a circle. */
function nothing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT" && error.code !== "ELOOP") throw error;
}
