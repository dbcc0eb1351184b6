import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext, ModuleResult } from "../modules/module.js";
import { type Attributes, attributeFields, settleAttributes } from "./attributes.js";
import { script } from "./script.js";
import { type FileStatus, fileStatus, lastLine } from "./status.js";

interface LinkWanted extends Attributes {
  readonly path: string;
  readonly src?: string | undefined;
  readonly force: boolean;
}

/** The new link is made beside the old and renamed over it: there is always one. */
const LINK = `kind=$1 src=$2 path=$3
case $path in "~/"*) path="$HOME/\${path#"~/"}" ;; esac
[ ! -d "$path" ] || [ -L "$path" ] || rmdir -- "$path" || exit
ln $kind -- "$src" "$path.farm.$$" && mv -f -- "$path.farm.$$" "$path"`;

/** A symbolic or hard link to `src`. @throws ModuleFailure */
export async function linkFile(
  kind: "link" | "hard",
  wanted: LinkWanted,
  found: FileStatus | undefined,
  context: ModuleContext,
): Promise<ModuleResult> {
  const { path } = wanted;
  const src = wanted.src ?? (found?.type === "link" ? found.target : undefined);
  if (src === undefined) throw new ModuleFailure(`a ${kind} needs src`, { path });
  if (await isThere(kind, src, found, context)) {
    const { changed, fields } = await settleAttributes(context, found as FileStatus, {
      ...wanted,
      mode: undefined,
    });
    return { changed, dest: path, src, ...fields };
  }
  if (found && found.type !== "link" && !wanted.force)
    throw new ModuleFailure(`refusing to convert from ${found.type} to ${kind} for ${path}`, {
      path,
      hint: "force: true replaces it",
    });
  if (!wanted.force) await refuseMissing(kind, src, path, context);
  const { code, stderr } = await context.act(script("ln", LINK, [kind === "link" ? "-s" : "", src, path]));
  if (code !== 0)
    throw new ModuleFailure(`cannot link ${path} to ${src}: ${lastLine(stderr, code)}`, { path });
  const diff = context.diff
    ? { diff: { before: `${path}: ${found?.target ?? "absent"}\n`, after: `${path}: ${src}\n` } }
    : {};
  const made = context.check ? undefined : await fileStatus(context, path);
  return { changed: true, dest: path, src, ...(made && attributeFields(made)), state: kind, ...diff };
}

async function isThere(
  kind: "link" | "hard",
  src: string,
  found: FileStatus | undefined,
  context: ModuleContext,
): Promise<boolean> {
  if (kind === "link") return found?.type === "link" && found.target === src;
  if (!found) return false;
  const source = await fileStatus(context, src);
  return source !== undefined && source.inode === found.inode && source.device === found.device;
}

async function refuseMissing(kind: string, src: string, path: string, context: ModuleContext): Promise<void> {
  const absolute = src.startsWith("/") || src.startsWith("~/") ? src : `${path.replace(/[^/]*$/, "")}${src}`;
  if (!(await fileStatus(context, absolute)))
    throw new ModuleFailure(
      `src file does not exist, use "force=yes" if you really want to create the ${kind}: ${absolute}`,
      { path, src },
    );
}
