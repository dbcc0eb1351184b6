import { basename } from "node:path";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext, ModuleResult } from "../module/module.js";
import { type Attributes, settleAllAttributes, settleAndLook } from "./attributes.js";
import { settleContent } from "./content.js";
import { checkDigest } from "./copy-tree.js";
import { makeDirectory } from "./directory.js";
import { checkValidate } from "./place-content.js";
import { script } from "./script.js";
import { type FileStatus, fileStatus, lastLine, parseStatus, STATUS_FUNCTION } from "./status.js";
import { walk } from "./walk.js";

interface RemoteCopy extends Attributes {
  readonly src: string;
  readonly dest: string;
  readonly force: boolean;
  readonly backup: boolean;
  readonly follow: boolean;
  readonly local_follow?: boolean | undefined;
  readonly validate?: string | undefined;
  readonly checksum?: string | undefined;
  readonly directory_mode?: string | number | undefined;
}

/**
 * What is at the source, where the copy belongs, what is there and at the destination, and whether it is the same. A directory goes under its name into the destination, its
 * content if a slash ends it; a file under its name into a directory.
 */
const LOOK = `src=$1 dest=$2 name=$3 follow=-L sum=sha1
export LC_ALL=C
case $src in "~/"*) src="$HOME/\${src#"~/"}" ;; esac
case $dest in "~/"*) dest="$HOME/\${dest#"~/"}" ;; esac
${STATUS_FUNCTION}
farm_status "$src" || exit
echo
if [ -d "$src" ]; then case $src in */) inside= ;; *) inside=yes ;; esac
elif [ -d "$dest" ]; then inside=yes
else case $dest in */) inside=yes ;; *) inside= ;; esac; fi
to=$dest
[ ! "$inside" ] || to=\${dest%/}/$name
echo "inside $inside"
[ ! -L "$to" ] || echo link
farm_status "$to" || exit
echo
farm_status "$dest" || exit
if [ -d "$src" ] && [ -d "$to" ]; then
  case $to in /*) ;; *) to=$PWD/$to ;; esac
  cd -- "$src" || exit
  find . -type d -exec sh -c 'for each; do [ -d "$0/$each" ] || exit 1; done' "$to" {} + &&
    find . -type f -exec sh -c 'for each; do cmp -s -- "$each" "$0/$each" || exit 1; done' "$to" {} + &&
    find . -type l -exec sh -c 'for each; do [ "$(readlink -- "$each")" = "$(readlink -- "$0/$each")" ] || exit 1; done' "$to" {} + &&
    echo same
  exit 0
fi`;

/** Modes come along, owners do not: as if the files had just been made. busybox's cp makes no link where one is. */
const COPY = `src=$1 dest=$2
case $src in "~/"*) src="$HOME/\${src#"~/"}" ;; esac
case $dest in "~/"*) dest="$HOME/\${dest#"~/"}" ;; esac
dest=\${dest%/}
case $dest in */?*) [ -d "\${dest%/*}/" ] || mkdir -p -- "\${dest%/*}" || exit ;; esac
case $dest in /*) to=$dest ;; *) to=$PWD/$dest ;; esac
(cd -- "$src" && find . -type l -exec sh -c 'for each; do [ ! -L "$0/$each" ] || rm -f -- "$0/$each" || exit; done' "$to" {} +) || exit
umask 0
cp -RP -- "\${src%/}/." "\${dest:-/}"`;

interface Looked {
  readonly source: FileStatus;
  readonly dest: string;
  readonly found: FileStatus | undefined;
  /** Whether there is something at the destination as the task names it. */
  readonly isThere: boolean;
  readonly isLink: boolean;
  readonly isSame: boolean;
}

/** Copies what is on the machine already. One question when nothing is to do. @throws ModuleFailure */
export async function copyOnMachine(wanted: RemoteCopy, context: ModuleContext): Promise<ModuleResult> {
  checkValidate(wanted.validate);
  const looked = await look(wanted, context);
  const { source, dest, found } = looked;
  const { src, mode } = wanted;
  if (found && !wanted.force && source.type !== "directory") return { changed: false, dest, src };
  checkDigest(wanted.checksum, source.checksum ?? wanted.checksum);
  const attributes = { ...wanted, mode: mode === "preserve" ? source.mode : mode };
  const copy = source.type === "directory" ? copyDirectory : copyFile;
  return { src, ...(await copy(looked, { ...wanted, ...attributes }, context)) };
}

async function look(wanted: RemoteCopy, context: ModuleContext): Promise<Looked> {
  const { src, dest } = wanted;
  const name = basename(src);
  const command = script("copy-look", LOOK, [src, dest, name], { readOnly: true });
  const { code, stdout, stderr } = await context.ask(command);
  if (code !== 0) throw new ModuleFailure(`cannot look at ${src}: ${lastLine(stderr, code)}`, { src, dest });
  const [first = "", rest = "", last = ""] = stdout.split(/\n\n|^\n/);
  const source = parseStatus(first, src);
  if (!source) throw new ModuleFailure(`Source ${src} not found`, { src });
  if (source.type === "other")
    throw new ModuleFailure(`Cannot copy invalid source '${src}': not a file`, { src });
  const inside = /^inside yes$/m.test(rest);
  const to = inside ? `${dest.replace(/(?<=.)\/+$/, "").replace(/\/$/, "")}/${name}` : dest;
  return {
    source,
    dest: to,
    found: parseStatus(rest, to),
    isThere: parseStatus(last, dest) !== undefined,
    isLink: /^link$/m.test(rest),
    isSame: /^same$/m.test(last),
  };
}

async function copyFile(
  { source, dest, found, isLink }: Looked,
  wanted: RemoteCopy,
  context: ModuleContext,
): Promise<ModuleResult> {
  if (found?.type === "directory") throw new ModuleFailure(`${dest} is a directory`, { dest });
  const { checksum, size: bytes } = source;
  if (checksum === undefined)
    throw new ModuleFailure(`Source ${wanted.src} not readable`, { src: wanted.src });
  const replacesLink = isLink && !wanted.follow;
  if (found?.checksum === checksum && !replacesLink) {
    const { changed, fields } = await settleAndLook(context, found, wanted);
    return { changed, dest, checksum, ...fields };
  }
  const parent = wanted.dest.endsWith("/") ? wanted.dest : undefined;
  if (parent !== undefined && !found) await makeParent(parent, wanted, context);
  const { backup, validate, follow } = wanted;
  const settled = await settleContent(context, {
    path: dest,
    content: { onMachine: wanted.src, bytes, digests: async () => ({ checksum }) },
    before: found && { status: found },
    attributes: wanted,
    backup,
    validate,
    followLink: follow,
  });
  return { changed: true, ...settled.fields, ...(settled.diff && { diff: settled.diff }) };
}

async function makeParent(parent: string, wanted: RemoteCopy, context: ModuleContext): Promise<void> {
  const { owner, group, directory_mode: mode } = wanted;
  if (await fileStatus(context, parent, { follow: true })) return;
  await makeDirectory(parent, { owner, group, mode }, context);
}

/** Owner and group become those of all that is in the directory, the mode its own; of the one that the task names when there was none. */
async function copyDirectory(
  { dest: to, found, isThere, isSame }: Looked,
  wanted: RemoteCopy,
  context: ModuleContext,
): Promise<ModuleResult> {
  const { src, owner, group, mode } = wanted;
  const dest = isThere ? to : wanted.dest;
  if (found && found.type !== "directory") throw new ModuleFailure(`${to} is no directory`, { dest: to });
  if (!isSame) {
    const { code, stderr } = await context.act(script("copy-directory", COPY, [src, to]));
    if (code !== 0)
      throw new ModuleFailure(`cannot copy ${src} to ${to}: ${lastLine(stderr, code)}`, { src, dest });
  }
  const isAsSeen = isSame || context.check;
  const status = isAsSeen ? found : await fileStatus(context, dest, { follow: true });
  if (!status && context.check) return { changed: true, dest };
  if (!status) throw new ModuleFailure(`${dest} is gone again`, { dest });
  const asks = owner !== undefined || group !== undefined;
  const { entries } = asks ? await walk(context, [dest]) : { entries: [] };
  const below = await settleAllAttributes(
    context,
    entries.map((each) => [each, { owner, group }]),
  );
  const { changed, fields } = await settleAndLook(context, { ...status, path: dest }, { owner, group, mode });
  return { changed: changed || below || !isSame, dest, ...fields };
}
