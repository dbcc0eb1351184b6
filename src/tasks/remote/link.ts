import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext, ModuleResult } from "../module/module.js";
import { type Attributes, attributeFields, settleAndLook } from "./attributes.js";
import { LINK_FUNCTION } from "./links.js";
import { script } from "./script.js";
import { type FileStatus, fileStatus, lastLine } from "./status.js";

interface LinkWanted extends Attributes {
  readonly path: string;
  readonly src?: string | undefined;
  readonly force: boolean;
  readonly follow: boolean;
}

/** A directory gives way only when it is empty. */
const LINK = `${LINK_FUNCTION}
option=$1 src=$2 path=$3
case $path in "~/"*) path="$HOME/\${path#"~/"}" ;; esac
[ "$option" ] || case $src in "~/"*) src="$HOME/\${src#"~/"}" ;; esac
[ ! -d "$path" ] || [ -L "$path" ] || rmdir -- "$path" || exit
farm_link "$option" "$src" "$path"`;

/** A symbolic or hard link to `src`. @param found what is at the path itself @throws ModuleFailure */
export async function linkFile(
  kind: "link" | "hard",
  wanted: LinkWanted,
  found: FileStatus | undefined,
  context: ModuleContext,
): Promise<ModuleResult> {
  const { path } = wanted;
  const src = wanted.src ?? (found?.type === "link" ? found.target : undefined);
  if (src === undefined)
    throw new ModuleFailure(
      `src is required for creating new ${kind === "link" ? "symlinks" : "hardlinks"}`,
      {
        path,
      },
    );
  if (found && !wanted.force) refuseConversion(kind, path, found);
  const isThere = await isLinked(kind, src, found, wanted, context);
  if (!isThere) await make(kind, src, wanted, context);
  const { changed, fields } = await settleLinked(kind, wanted, isThere ? found : undefined, context);
  const diff =
    context.diff && !isThere
      ? { diff: { before: `${path}: ${shown(found)}\n`, after: `${path}: ${kind} to ${src}\n` } }
      : {};
  return { changed: changed || !isThere, dest: path, src, ...fields, state: kind, ...diff };
}

/** Whether the link is there already. @throws ModuleFailure when something else is that only force replaces */
async function isLinked(
  kind: "link" | "hard",
  src: string,
  found: FileStatus | undefined,
  wanted: LinkWanted,
  context: ModuleContext,
): Promise<boolean> {
  const { path, force } = wanted;
  const target = await targetOf(kind, src, found, wanted, context);
  const isThere = kind === "link" ? found?.type === "link" && found.target === src : isSame(found, target);
  if (!isThere && found?.type === "file" && !force)
    throw new ModuleFailure(`Cannot link ${path}, a different hard link is there: force: true replaces it`, {
      path,
      src,
    });
  return isThere;
}

/** @throws ModuleFailure for what only force replaces */
function refuseConversion(kind: "link" | "hard", path: string, found: FileStatus): void {
  if (found.type === "link" || (kind === "hard" && found.nlink > 1)) return;
  const to = kind === "link" ? "symlink" : "hard link";
  throw new ModuleFailure(
    `refusing to convert from ${found.type} to ${to} for ${path}: force: true replaces it`,
    { path },
  );
}

const shown = (found: FileStatus | undefined): string =>
  found?.target === undefined ? (found?.type ?? "absent") : `link to ${found.target}`;

const isSame = (found: FileStatus | undefined, target: FileStatus | undefined): boolean =>
  found !== undefined && target?.inode === found.inode && target.device === found.device;

/** What a link leads to, where somebody has to know: a hard link to nothing cannot be, a symbolic one only by force. */
async function targetOf(
  kind: "link" | "hard",
  src: string,
  found: FileStatus | undefined,
  { path, src: given, force }: LinkWanted,
  context: ModuleContext,
): Promise<FileStatus | undefined> {
  const isRight = kind === "link" && found?.type === "link" && found.target === src;
  if (given === undefined || (kind === "link" && (force || isRight))) return undefined;
  const isAbsolute = kind === "hard" || /^~?\//.test(src);
  const absolute = isAbsolute ? src : `${path.replace(/[^/]*$/, "")}${src}`;
  const target = await fileStatus(context, absolute, { follow: true });
  if (target) return target;
  const hint = kind === "hard" ? "" : ', use "force=yes" if you really want to create the link';
  throw new ModuleFailure(`src file does not exist${hint}: ${absolute}`, {
    [kind === "hard" ? "dest" : "path"]: path,
    src,
  });
}

async function make(
  kind: "link" | "hard",
  src: string,
  { path }: LinkWanted,
  context: ModuleContext,
): Promise<void> {
  const { code, stderr } = await context.act(script("ln", LINK, [kind === "link" ? "-s" : "", src, path]));
  if (code !== 0)
    throw new ModuleFailure(`cannot link ${path} to ${src}: ${lastLine(stderr, code)}`, { path });
}

/** Owner, group and mode: with follow of what the link leads to, else of the link. @param found undefined: it has just been made */
async function settleLinked(
  kind: "link" | "hard",
  wanted: LinkWanted,
  found: FileStatus | undefined,
  context: ModuleContext,
): Promise<{ changed: boolean; fields: Record<string, unknown> }> {
  const { path, owner, group, mode } = wanted;
  const asks = owner !== undefined || group !== undefined || mode !== undefined;
  const link = found ?? (context.check ? undefined : await fileStatus(context, path));
  if (!link) return { changed: false, fields: {} };
  const follows = asks && kind === "link" && wanted.follow;
  const status = follows ? await fileStatus(context, path, { follow: true }) : link;
  if (!asks || !status) return { changed: false, fields: attributeFields(link) };
  const done = await settleAndLook(context, status, { owner, group, mode });
  return follows ? { ...done, fields: attributeFields(link) } : done;
}
