import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { HOME } from "./home.js";
import { pathLines, READ_PATH } from "./path-lines.js";
import { decoded, ENCODE } from "./read.js";
import { script } from "./script.js";
import { lastLine } from "./status.js";

/** Names, each with a NUL: files, and links to files. */
const LIST = `${HOME}
[ -e "$1" ] || { echo "does not exist" >&2; exit 1; }
[ -d "$1" ] || { echo "is not a directory" >&2; exit 1; }
cd -- "$1" || exit
for each in * .*; do [ ! -f "$each" ] || printf '%s\\0' "$each"; done`;

/** What each of the files on stdin holds, and behind each a line of its own. */
const READ = `${HOME}${READ_PATH}${ENCODE}
cd -- "$1" || exit
while IFS= read -r line; do
  farm_path "$line"
  farm_encode <"./$path" || exit
  echo --
done
echo end`;

/** What the files of a directory of the machine hold, in the order of their names. @throws ModuleFailure */
export async function fragmentsOnMachine(
  context: ModuleContext,
  directory: string,
  isWanted: (name: string) => boolean,
): Promise<Buffer[]> {
  const listed = await context.ask({ ...script("fragments", LIST, [directory]), readOnly: true });
  if (listed.code !== 0)
    throw new ModuleFailure(`Source (${directory}) ${lastLine(listed.stderr, listed.code)}`);
  const names = inOrder(listed.stdout.split("\0").slice(0, -1)).filter(isWanted);
  if (names.length === 0) return [];
  const command = script("read-fragments", READ, [directory], { stdin: pathLines(names), readOnly: true });
  const { code, stdout, stderr } = await context.ask(command);
  if (code !== 0) throw new ModuleFailure(`cannot read what is in ${directory}: ${lastLine(stderr, code)}`);
  const contents = stdout.split("--\n");
  if (contents.pop() !== "end\n" || contents.length !== names.length)
    throw new ModuleFailure(`the files in ${directory} are too large to be put together`);
  return contents.map(decoded);
}

/** The same of a directory of the controller's. @throws ModuleFailure */
export async function fragmentsOfController(
  { controller }: ModuleContext,
  src: string,
  decrypt: boolean,
  isWanted: (name: string) => boolean,
): Promise<Buffer[]> {
  const directory = await controller.find("files", src);
  if (!(await stat(directory)).isDirectory())
    throw new ModuleFailure(`Source (${directory}) is not a directory`);
  const contents: Buffer[] = [];
  for (const name of inOrder(await readdir(directory)).filter(isWanted)) {
    const path = join(directory, name);
    if (!(await stat(path)).isFile()) continue;
    contents.push(decrypt ? await controller.read(path) : await readFile(path));
  }
  return contents;
}

/** By code points, as Python sorts. */
const inOrder = (names: readonly string[]): string[] =>
  names.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
