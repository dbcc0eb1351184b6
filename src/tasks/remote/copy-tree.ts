import { lstat, readdir, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext, ModuleResult } from "../modules/module.js";
import type { Attributes } from "./attributes.js";
import { settleAttributes } from "./attributes.js";
import { makeDirectory } from "./directory.js";
import { type PlacedContent, placeContent } from "./place-content.js";
import { fileStatus } from "./status.js";

interface CopyWanted extends Attributes, Omit<PlacedContent, "content" | "name"> {
  readonly src: string;
  readonly directory_mode?: string | number | undefined;
  readonly local_follow: boolean;
}

/** Copies a file or directory of the controller. @throws ModuleFailure */
export async function copyTree(wanted: CopyWanted, context: ModuleContext): Promise<ModuleResult> {
  const source = await context.controller.find("files", wanted.src);
  if (!(await stat(source)).isDirectory()) return copyFile(source, wanted.dest, wanted, context);
  const inside = wanted.src.endsWith("/");
  const base = inside
    ? wanted.dest.replace(/(?<=.)\/+$/, "")
    : `${wanted.dest.replace(/\/+$/, "")}/${basename(source)}`;
  let changed = false;
  for (const { path, isDirectory } of await entries(source)) {
    const dest = join(base, relative(source, path));
    const result = isDirectory
      ? await settleDirectory(dest, wanted, context)
      : await copyFile(path, dest, wanted, context);
    changed ||= result.changed;
  }
  return { changed, src: source, dest: wanted.dest };
}

async function copyFile(
  source: string,
  dest: string,
  wanted: CopyWanted,
  context: ModuleContext,
): Promise<ModuleResult> {
  const content = await context.controller.read(source);
  const mode = wanted.mode === "preserve" ? (await stat(source)).mode & 0o7777 : wanted.mode;
  const result = await placeContent({ ...wanted, dest, name: basename(source), content, mode }, context);
  return result.changed ? { ...result, src: source } : result;
}

async function settleDirectory(
  dest: string,
  wanted: CopyWanted,
  context: ModuleContext,
): Promise<ModuleResult> {
  const attributes = { owner: wanted.owner, group: wanted.group, mode: wanted.directory_mode };
  const found = await fileStatus(context, dest, { follow: true });
  if (!found) return makeDirectory(dest, attributes, context);
  if (found.type !== "directory") throw new ModuleFailure(`${dest} is no directory`, { dest });
  const { changed } = await settleAttributes(context, found, attributes);
  return { changed };
}

/** All that is in a directory, each directory before what is in it. */
async function entries(directory: string): Promise<{ path: string; isDirectory: boolean }[]> {
  const names = (await readdir(directory)).sort();
  const below = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      const link = await lstat(path);
      const status = link.isSymbolicLink() ? await stat(path).catch(() => link) : link;
      if (status.isDirectory()) return entries(path);
      return status.isFile() ? [{ path, isDirectory: false }] : [];
    }),
  );
  return [{ path: directory, isDirectory: true }, ...below.flat()];
}
