import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext } from "../modules/module.js";
import { SET_ATTRIBUTES } from "./attributes.js";
import { script } from "./script.js";
import { lastLine } from "./status.js";

/** A small file to be. */
export interface SmallFile {
  readonly path: string;
  readonly owner: string;
  readonly group: string;
  readonly mode: number;
  /** About how many, for the batches. */
  readonly bytes: number;
  /** Read when its turn has come. */
  content(): Promise<Buffer>;
}

/** What goes with one command: it is kept on the machine until its files are in place, and is in memory here. */
const MOST_BYTES = 4 * 1024 * 1024;

/** A command line has 128 KiB, and quoting makes more of each word. */
const MOST_FILES = 200;
const LONGEST_PATHS = 30_000;

/** Takes all contents on stdin, one behind the other. A link is replaced, not followed. */
const PLACE = `backup=$1; shift
${SET_ATTRIBUTES}
part= all=
trap 'rm -f -- "$all" "$part"' EXIT
trap 'exit 143' TERM
umask 077
all=$(mktemp) || exit
cat >"$all" || exit
from=1
while [ $# -ge 5 ]; do
  path=$1
  case $path in "~/"*) path="$HOME/\${path#"~/"}" ;; esac
  [ ! -d "$path" ] || { echo "$path is a directory" >&2; exit 1; }
  part=$path.farm.$$
  tail -c "+$from" -- "$all" | head -c "$5" >"$part" || exit
  [ "$(wc -c <"$part")" -eq "$5" ] || { echo "$path did not arrive whole" >&2; exit 1; }
  if [ "$backup" ] && [ -e "$path" ]; then cp -p -- "$path" "$path$backup" || exit; fi
  farm_set "$part" "$2" "$3" "$4" || exit
  mv -f -- "$part" "$path" || exit
  from=$((from + $5))
  shift 5
done`;

/** Writes many small files, each whole before it is seen, by as few commands as may be. @param backup what the old files' names get; empty: they go @throws ModuleFailure */
export async function placeMany(
  files: readonly SmallFile[],
  backup: string,
  context: ModuleContext,
): Promise<void> {
  for (const batch of batchesOf(files)) {
    const contents = await Promise.all(batch.map((file) => file.content()));
    const words = batch.flatMap(({ path, owner, group, mode }, index) => [
      path,
      owner,
      group,
      mode.toString(8),
      String(contents[index]?.length),
    ]);
    const stdin = Buffer.concat(contents);
    const { code, stderr } = await context.act(script("place", PLACE, [backup, ...words], { stdin }));
    if (code !== 0) {
      const what = batch.length === 1 ? batch[0]?.path : `one of ${batch.length} files`;
      throw new ModuleFailure(`cannot write ${what}: ${lastLine(stderr, code)}`);
    }
  }
}

/** What goes with one command each. */
export function batchesOf(files: readonly SmallFile[]): SmallFile[][] {
  const batches: SmallFile[][] = [];
  let bytes = 0;
  let paths = 0;
  for (const file of files) {
    const last = batches.at(-1);
    const length = Buffer.byteLength(file.path);
    const isFull =
      last?.length === MOST_FILES || bytes + file.bytes > MOST_BYTES || paths + length > LONGEST_PATHS;
    if (!last || isFull) {
      batches.push([file]);
      [bytes, paths] = [0, 0];
    } else last.push(file);
    bytes += file.bytes;
    paths += length;
  }
  return batches;
}
