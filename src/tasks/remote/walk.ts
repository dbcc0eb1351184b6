import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { script } from "./script.js";
import { type FileStatus, lastLine, parseStatus, STATUS_FORMAT } from "./status.js";

/** All that is below some directories. */
export interface Walk {
  /** The machine's clock, in seconds since the epoch. */
  readonly now: number;
  readonly entries: readonly FileStatus[];
  /** Directories that could not be looked into, or only in part, by path, and why. */
  readonly skipped: ReadonlyMap<string, string>;
}

interface WalkOptions {
  /** Levels below a directory; by default all. */
  readonly depth?: number | undefined;
  /** Whether links to directories are looked into; of links themselves it tells in any case. */
  readonly follow?: boolean | undefined;
}

/** Statuses of as many files as one command takes, then their names, each with a NUL: names hold anything else. */
const EACH = `
if all=$(stat -c "${STATUS_FORMAT}" -- "$@" 2>/dev/null); then
  printf "%s\\n" "$all" names
  printf "%s\\0" "$@"
  exit
fi
for each; do
  if all=$(stat -c "${STATUS_FORMAT}" -- "$each" 2>/dev/null); then printf "%s\\n" "$all" names; printf "%s\\0" "$each"; fi
done`;

const WALK = `follow=$1 depth=$2; shift 2
each='${EACH}'
export LC_ALL=C
echo "now $(date +%s)"
number=0
for root; do
  number=$((number + 1))
  case $root in "~/"*) root="$HOME/\${root#"~/"}" ;; -*) root=./$root ;; esac
  [ -d "$root" ] || { echo "skipped $number" >&2; continue; }
  find "\${follow:--H}" "$root" -mindepth 1 \${depth:+-maxdepth "$depth"} -exec sh -c "$each" sh {} + || echo "failed $number" >&2
done
echo end`;

/** Looks at all that is below some directories, by one question. @throws ModuleFailure */
export async function walk(
  context: ModuleContext,
  roots: readonly string[],
  { depth, follow = false }: WalkOptions = {},
): Promise<Walk> {
  const paths = roots.map((root) => root.replace(/(?<=.)\/+$/, ""));
  const args = [follow ? "-L" : "", depth === undefined ? "" : String(depth)];
  const command = script("walk", WALK, [...args, ...paths], { readOnly: true });
  const { code, stdout, stderr } = await context.ask(command);
  const where = paths.join(", ");
  if (code !== 0) throw new ModuleFailure(`cannot look into ${where}: ${lastLine(stderr, code)}`);
  if (!stdout.startsWith("now "))
    throw new ModuleFailure(`there is too much in ${where} to look at it at once: name directories below`);
  return { ...parseWalk(stdout), skipped: skippedOf(stderr, roots) };
}

/** What `walk` printed: `now SECONDS`, then by batches a status a line, `names`, and as many names, each with a NUL. */
export function parseWalk(text: string): Pick<Walk, "now" | "entries"> {
  const entries: FileStatus[] = [];
  let at = text.indexOf("\n") + 1;
  while (text.startsWith("status ", at)) {
    const end = text.indexOf("\nnames\n", at);
    if (end < 0) break;
    const lines = text.slice(at, end).split("\n");
    at = end + "\nnames\n".length;
    for (const line of lines) {
      const stop = text.indexOf("\0", at);
      const status = stop < 0 ? undefined : parseStatus(line, text.slice(at, stop));
      if (status) entries.push(status);
      at = stop < 0 ? text.length : stop + 1;
    }
  }
  return { now: Number(/^now (\d+)/.exec(text)?.[1] ?? 0), entries };
}

/** @param stderr of find, and what the script says of the directories by their number */
function skippedOf(stderr: string, roots: readonly string[]): Map<string, string> {
  const skipped = new Map<string, string>();
  let last = "";
  for (const line of stderr.split("\n")) {
    const [, how, number] = /^(skipped|failed) (\d+)$/.exec(line) ?? [];
    const root = roots[Number(number) - 1];
    if (how === undefined || root === undefined) {
      if (line !== "") last = line;
    } else skipped.set(root, how === "skipped" ? `'${root}' is not a directory` : last);
  }
  return skipped;
}
