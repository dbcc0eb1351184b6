import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import type { GrepPattern } from "./grep-pattern.js";
import { pathLines, READ_PATH } from "./path-lines.js";
import { script } from "./script.js";
import { lastLine } from "./status.js";

/** One grep for a hundred files; a name of several lines gets one of its own. Prints those that match: by name, or by number. */
const GREP = `ignore=$1 pattern=$2
export LC_ALL=C
nl='
'
${READ_PATH}
grep $ignore -E -e "$pattern" </dev/null >/dev/null || [ $? -eq 1 ] || exit
number=0
set --
while IFS= read -r line; do
  farm_path "$line"
  number=$((number + 1))
  case $path in
  *"$nl"*) if grep -q $ignore -E -e "$pattern" -- "$path" 2>/dev/null; then echo "$number"; fi ;;
  *) set -- "$@" "$path" ;;
  esac
  [ $# -lt 100 ] || { grep -l $ignore -E -e "$pattern" -- "$@" 2>/dev/null; set --; }
done
[ $# -eq 0 ] || grep -l $ignore -E -e "$pattern" -- "$@" 2>/dev/null
echo end`;

/**
 * Which of many files have a line that matches; one question. What cannot be read has none.
 * @param paths as the machine says them, with a slash at least
 * @throws ModuleFailure
 */
export async function filesWith(
  context: ModuleContext,
  { source, ignoreCase }: GrepPattern,
  paths: readonly string[],
): Promise<boolean[]> {
  if (paths.length === 0) return [];
  const command = script("grep", GREP, [ignoreCase ? "-i" : "", source], {
    stdin: pathLines(paths),
    readOnly: true,
  });
  const { code, stdout, stderr } = await context.ask(command);
  if (code !== 0 || !stdout.endsWith("end\n"))
    throw new ModuleFailure(`cannot look for '${source}' in files: ${lastLine(stderr, code)}`);
  const told = new Set(stdout.split("\n"));
  return paths.map((path, index) => told.has(path) || told.has(String(index + 1)));
}
