import { basename } from "node:path";
import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext, ModuleResult } from "../modules/module.js";
import { type Attributes, settleAttributes } from "./attributes.js";
import { script } from "./script.js";
import { type FileStatus, fileStatus, lastLine } from "./status.js";

interface RemoteCopy extends Attributes {
  readonly src: string;
  readonly dest: string;
  readonly force: boolean;
}

/** Beside the old one, then renamed. A directory's content is copied over what is there. */
const COPY = `src=$1 dest=$2
case $src in "~/"*) src="$HOME/\${src#"~/"}" ;; esac
case $dest in "~/"*) dest="$HOME/\${dest#"~/"}" ;; esac
if [ -d "$src" ]; then mkdir -p -- "$dest" && cp -RPp -- "$src/." "$dest/"; exit; fi
part=$dest.farm.$$
trap 'rm -f -- "$part"' EXIT
cat <"$src" >"$part" && mv -f -- "$part" "$dest"`;

const SAME = `src=$1 dest=$2
case $src in "~/"*) src="$HOME/\${src#"~/"}" ;; esac
case $dest in "~/"*) dest="$HOME/\${dest#"~/"}" ;; esac
cd -- "$src" || exit 2
find . -type f -exec sh -c 'for each; do cmp -s -- "$each" "$0/$each" || exit 1; done' "$dest" {} + || exit 1
find . -type d -exec sh -c 'for each; do [ -d "$0/$each" ] || exit 1; done' "$dest" {} +`;

/** Copies what is on the machine already. @throws ModuleFailure */
export async function copyOnMachine(wanted: RemoteCopy, context: ModuleContext): Promise<ModuleResult> {
  const { src } = wanted;
  const source = await look(src, context);
  if (!source) throw new ModuleFailure(`Source ${src} not found`, { src });
  const { dest, found } = await destination(wanted, source, context);
  if (found && !wanted.force) return { changed: false, dest, src };
  const same = await isSame(src, dest, source, found, context);
  if (!same) {
    const { code, stderr } = await context.act(script("copy", COPY, [src, dest]));
    if (code !== 0)
      throw new ModuleFailure(`cannot copy ${src} to ${dest}: ${lastLine(stderr, code)}`, { src, dest });
  }
  const after = same || context.check ? (found ?? source) : ((await look(dest, context)) ?? source);
  const mode = wanted.mode === "preserve" ? source.mode : wanted.mode;
  const { changed, fields } = await settleAttributes(context, { ...after, path: dest }, { ...wanted, mode });
  const checksum = source.checksum === undefined ? {} : { checksum: source.checksum };
  return { changed: changed || !same, src, dest, ...checksum, ...fields };
}

const look = (path: string, context: ModuleContext): Promise<FileStatus | undefined> =>
  fileStatus(context, path, { follow: true, checksum: "sha1" });

/** A directory takes what is copied into itself. */
async function destination(
  { src, dest }: RemoteCopy,
  source: FileStatus,
  context: ModuleContext,
): Promise<{ dest: string; found: FileStatus | undefined }> {
  const found = await look(dest, context);
  if (found?.type !== "directory" || (source.type === "directory" && src.endsWith("/")))
    return { dest, found };
  const inside = `${dest.replace(/\/+$/, "")}/${basename(src)}`;
  return { dest: inside, found: await look(inside, context) };
}

async function isSame(
  src: string,
  dest: string,
  source: FileStatus,
  found: FileStatus | undefined,
  context: ModuleContext,
): Promise<boolean> {
  if (!found) return false;
  if (source.type !== "directory") return found.checksum === source.checksum;
  return (await context.ask(script("same", SAME, [src, dest]))).code === 0;
}
