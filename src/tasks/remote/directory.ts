import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext, ModuleResult } from "../module/module.js";
import { type Attributes, attributeFields, resolveMode, SET_ATTRIBUTES } from "./attributes.js";
import { pathLines, READ_PATH } from "./path-lines.js";
import { script } from "./script.js";
import { fileStatus, lastLine } from "./status.js";

/** Every directory that is missing on the way gets the attributes, as Ansible does. */
const MAKE = `owner=$1 group=$2 mode=$3
${READ_PATH}${SET_ATTRIBUTES}
farm_make() {
  missing= here=$1
  while [ ! -d "$here" ]; do
    missing="x $missing"
    parent=\${here%/*}
    [ "$parent" ] && [ "$parent" != "$here" ] || break
    here=$parent
  done
  mkdir -p -- "$1" || return
  here=$1
  for level in $missing; do
    farm_set "$here" "$owner" "$group" "$mode" || return
    here=\${here%/*}
  done
}
while IFS= read -r line; do
  farm_path "$line"
  farm_make "$path" || exit
done`;

/** Makes directories that are not there, with those above them; one act. @throws ModuleFailure */
export async function makeDirectories(
  paths: readonly string[],
  wanted: Attributes,
  context: ModuleContext,
): Promise<void> {
  if (paths.length === 0) return;
  const mode = wanted.mode === undefined ? "" : resolveMode(wanted.mode, 0o755, true).toString(8);
  const stdin = pathLines(paths.map((path) => path.replace(/(?<=.)\/+$/, "")));
  const { code, stderr } = await context.act(
    script("mkdir", MAKE, [wanted.owner ?? "", wanted.group ?? "", mode], { stdin }),
  );
  if (code === 0) return;
  const what = paths.length === 1 ? `the directory ${paths[0]}` : `one of ${paths.length} directories`;
  throw new ModuleFailure(`cannot make ${what}: ${lastLine(stderr, code)}`, { path: paths[0] });
}

/** Makes a directory that is not there, with those above it. @throws ModuleFailure */
export async function makeDirectory(
  path: string,
  wanted: Attributes,
  context: ModuleContext,
): Promise<ModuleResult> {
  await makeDirectories([path], wanted, context);
  const status = context.check ? undefined : await fileStatus(context, path, { follow: true });
  const diff = context.diff ? { diff: { before: `${path}: absent\n`, after: `${path}: directory\n` } } : {};
  return { changed: true, path, ...(status ? attributeFields(status) : { state: "directory" }), ...diff };
}
