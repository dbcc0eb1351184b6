import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { type Attributes, attributeChanges, SET_ATTRIBUTES } from "../remote/attributes.js";
import { script } from "../remote/script.js";
import { type FileStatus, lastLine } from "../remote/status.js";

/** Words of one command line; a system takes 128 KiB, and quoting makes more of them. */
const LONGEST = 40_000;

const SET = `case $1 in "~/"*) dest="$HOME/\${1#"~/"}" ;; *) dest=$1 ;; esac
shift
${SET_ATTRIBUTES}
while [ $# -ge 4 ]; do
  farm_set "$dest/$4" "$1" "$2" "$3" || exit
  shift 4
done`;

/** Gives what is in a directory the attributes, as few commands as may be. @param entries by their paths within it @returns whether anything changed */
export async function settleEntries(
  context: ModuleContext,
  dest: string,
  entries: readonly FileStatus[],
  wanted: Attributes,
): Promise<boolean> {
  const changes = entries.flatMap((entry) => {
    const change = attributeChanges(entry, wanted);
    if (!change) return [];
    const bits = typeof change.mode === "number" ? change.mode.toString(8) : "";
    return [[change.owner ?? "", change.group ?? "", bits, entry.path]];
  });
  for (const words of portions(changes)) {
    const { code, stderr } = await context.act(script("entries", SET, [dest, ...words]));
    if (code !== 0)
      throw new ModuleFailure(`cannot set owner, group or mode in ${dest}: ${lastLine(stderr, code)}`, {
        rc: code,
      });
  }
  return changes.length > 0;
}

/** What one command sets, four words a change. */
export function portions(changes: readonly (readonly string[])[]): string[][] {
  const all: string[][] = [];
  let size = LONGEST;
  for (const change of changes) {
    const length = change.reduce((sum, word) => sum + Buffer.byteLength(word) + 3, 0);
    if (size + length > LONGEST) {
      all.push([]);
      size = 0;
    }
    all.at(-1)?.push(...change);
    size += length;
  }
  return all;
}
