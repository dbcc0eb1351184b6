import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext } from "../modules/module.js";
import type { GrepPattern } from "./grep-pattern.js";
import { pathLines, READ_PATH } from "./path-lines.js";
import { script } from "./script.js";
import { lastLine } from "./status.js";

const GREP = `ignore=$1 pattern=$2
export LC_ALL=C
${READ_PATH}
grep $ignore -E -e "$pattern" </dev/null >/dev/null || [ $? -eq 1 ] || exit
while IFS= read -r line; do
  farm_path "$line"
  grep -q $ignore -E -e "$pattern" -- "$path" 2>/dev/null
  echo $?
done`;

/** Which of many files have a line that matches; one question. What cannot be read has none. @throws ModuleFailure */
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
  const answers = stdout.trim().split("\n");
  if (code !== 0 || answers.length !== paths.length)
    throw new ModuleFailure(`cannot look for '${source}' in files: ${lastLine(stderr, code)}`);
  return answers.map((answer) => answer === "0");
}
