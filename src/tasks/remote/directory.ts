import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext, ModuleResult } from "../modules/module.js";
import {
  type Attributes,
  attributeFields,
  resolveMode,
  SET_ATTRIBUTES,
  settleAttributes,
} from "./attributes.js";
import { script } from "./script.js";
import { type FileStatus, fileStatus, lastLine, parseStatus } from "./status.js";

const HOME = `case $1 in "~/"*) path="$HOME/\${1#"~/"}"; shift; set -- "$path" "$@" ;; esac`;

/** Every directory that is missing on the way gets the attributes, as Ansible does. */
const MAKE = `${HOME}${SET_ATTRIBUTES}
path=$1 owner=$2 group=$3 mode=$4
missing=
here=$path
while [ ! -d "$here" ]; do
  missing="x $missing"
  parent=\${here%/*}
  [ "$parent" ] && [ "$parent" != "$here" ] || break
  here=$parent
done
mkdir -p -- "$path" || exit
here=$path
for level in $missing; do
  farm_set "$here" "$owner" "$group" "$mode" || exit
  here=\${here%/*}
done`;

/** Makes a directory that is not there, with those above it. @throws ModuleFailure */
export async function makeDirectory(
  path: string,
  wanted: Attributes,
  context: ModuleContext,
): Promise<ModuleResult> {
  const mode = wanted.mode === undefined ? "" : resolveMode(wanted.mode, 0o755, true).toString(8);
  const args = [path.replace(/(?<=.)\/+$/, ""), wanted.owner ?? "", wanted.group ?? "", mode];
  const { code, stderr } = await context.act(script("mkdir", MAKE, args));
  if (code !== 0)
    throw new ModuleFailure(`cannot make the directory ${path}: ${lastLine(stderr, code)}`, { path });
  const status = context.check ? undefined : await fileStatus(context, path, { follow: true });
  const diff = context.diff ? { diff: { before: `${path}: absent\n`, after: `${path}: directory\n` } } : {};
  return { changed: true, path, ...(status ? attributeFields(status) : { state: "directory" }), ...diff };
}

/** Gives all that is in a directory the attributes. @returns whether anything changed @throws ModuleFailure */
export async function settleTree(path: string, wanted: Attributes, context: ModuleContext): Promise<boolean> {
  const { code, stdout, stderr } = await context.ask({ ...script("tree", TREE, [path]), readOnly: true });
  if (code !== 0) throw new ModuleFailure(`cannot look into ${path}: ${lastLine(stderr, code)}`, { path });
  let changed = false;
  for (const status of parseTree(stdout))
    changed = (await settleAttributes(context, status, wanted)).changed || changed;
  return changed;
}

const TREE = `export LC_ALL=C
${HOME}
find "$1" -mindepth 1 -exec stat -c 'status %f %a %u %g %U %G %s %Y %X %Z %i %d %h' {} \\; -exec printf '%s\\0' {} \\;`;

/** What `tree` printed: a line of numbers, a path, a NUL, for each. */
export const parseTree = (text: string): FileStatus[] =>
  text.split("\0").flatMap((part) => {
    const end = part.indexOf("\n");
    const status = end < 0 ? undefined : parseStatus(part.slice(0, end), part.slice(end + 1));
    return status ? [status] : [];
  });
