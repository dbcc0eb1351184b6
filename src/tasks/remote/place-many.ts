import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { SET_ATTRIBUTES } from "./attributes.js";
import { pathLines, READ_PATH } from "./path-lines.js";
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

/**
 * Takes five lines a file on stdin (path, owner, group, mode, bytes), then all contents, one behind the other. dd takes just as much as it is told from the file that they are kept in. A link is replaced, not followed.
 */
const PLACE = `backup=$1 lines=$2 total=$3
${READ_PATH}${SET_ATTRIBUTES}
part= work=
trap '[ -z "$work" ] || rm -rf -- "$work"; [ -z "$part" ] || rm -f -- "$part"' EXIT
trap 'exit 143' TERM
umask 077
work=$(mktemp -d) || exit
while [ "$lines" -gt 0 ]; do
  IFS= read -r line || exit
  printf '%s\\n' "$line"
  lines=$((lines - 1))
done >"$work/lines"
cat >"$work/all" || exit
size=$(wc -c <"$work/all")
[ "$size" -eq "$total" ] || { echo "only $size of $total bytes arrived" >&2; exit 1; }
exec 4<"$work/all"
while IFS= read -r line && IFS= read -r owner && IFS= read -r group && IFS= read -r mode && IFS= read -r bytes; do
  farm_path "$line"
  [ ! -d "$path" ] || { echo "$path is a directory" >&2; exit 1; }
  part=$path.farm.$$
  : >"$part" || exit
  [ "$bytes" -eq 0 ] || dd bs="$bytes" count=1 <&4 >"$part" 2>/dev/null || { echo "cannot write $part" >&2; exit 1; }
  if [ "$backup" ] && [ -e "$path" ]; then cp -p -- "$path" "$path$backup" || exit; fi
  farm_set "$part" "$owner" "$group" "$mode" || exit
  mv -f -- "$part" "$path" || exit
done <"$work/lines"`;

/** Writes many small files, each whole before it is seen, by as few commands as may be. @param backup what the old files' names get; empty: they go @throws ModuleFailure */
export async function placeMany(
  files: readonly SmallFile[],
  backup: string,
  context: ModuleContext,
): Promise<void> {
  for (const batch of batchesOf(files)) {
    const contents = await Promise.all(batch.map((file) => file.content()));
    const lines = batch.flatMap(({ path, owner, group, mode }, index) => [
      path,
      owner,
      group,
      mode.toString(8),
      String(contents[index]?.length),
    ]);
    const all = Buffer.concat(contents);
    const stdin = Buffer.concat([Buffer.from(pathLines(lines)), all]);
    const args = [backup, String(lines.length), String(all.length)];
    const command = script("place", PLACE, args, { stdin });
    const { code, stderr } = await context.act(command);
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
  for (const file of files) {
    const last = batches.at(-1);
    if (!last || bytes + file.bytes > MOST_BYTES) {
      batches.push([file]);
      bytes = 0;
    } else last.push(file);
    bytes += file.bytes;
  }
  return batches;
}
