import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { lstat, readdir, readFile, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import type { TreeEntry } from "./tree.js";

export interface LocalTreeOptions {
  readonly copyLinks: boolean;
  readonly checksum: boolean;
  readonly recursive: boolean;
  /** Not looked into, nor told. */
  readonly excluded: (entry: { name: string; type: TreeEntry["type"] }) => boolean;
}

/** What is in a directory of the controller. @param top only this of it, and what is in it; undefined: all */
export async function localTree(
  root: string,
  top: string | undefined,
  options: LocalTreeOptions,
): Promise<TreeEntry[]> {
  const names = await accountNames();
  const entries: TreeEntry[] = [];
  const look = async (name: string): Promise<void> => {
    const path = join(root, name);
    const stats = await (options.copyLinks ? stat(path) : lstat(path)).catch(gone);
    const type = stats && typeOf(stats);
    if (!stats || !type || options.excluded({ name, type })) return;
    entries.push({
      name,
      type,
      mode: stats.mode & 0o7777,
      uid: stats.uid,
      gid: stats.gid,
      owner: names.users.get(stats.uid) ?? String(stats.uid),
      group: names.groups.get(stats.gid) ?? String(stats.gid),
      size: stats.size,
      mtime: Math.floor(stats.mtimeMs / 1000),
      ...(type === "link" && { target: await readlink(path) }),
      ...(type === "file" && options.checksum && { checksum: await sha1(path) }),
    });
    if (type === "directory" && options.recursive) await lookInto(name);
  };
  const lookInto = async (name: string): Promise<void> => {
    const found = await readdir(join(root, name)).catch(gone);
    for (const each of (found ?? []).sort()) await look(name === "" ? each : `${name}/${each}`);
  };
  await (top === undefined ? lookInto("") : look(top));
  return entries;
}

function gone(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
  throw error;
}

function typeOf(stats: Stats): TreeEntry["type"] | undefined {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  return stats.isSymbolicLink() ? "link" : undefined;
}

async function sha1(path: string): Promise<string> {
  const hash = createHash("sha1");
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest("hex");
}

interface AccountNames {
  readonly users: ReadonlyMap<number, string>;
  readonly groups: ReadonlyMap<number, string>;
}

/** The names of this machine's users and groups, as far as its files have them. */
async function accountNames(): Promise<AccountNames> {
  const read = async (file: string) => {
    const text = await readFile(file, "utf8").catch(gone);
    const pairs = (text ?? "").split("\n").map((line) => line.split(":"));
    return new Map(pairs.flatMap(([name, , id]) => (name && id ? [[Number(id), name] as const] : [])));
  };
  return { users: await read("/etc/passwd"), groups: await read("/etc/group") };
}
