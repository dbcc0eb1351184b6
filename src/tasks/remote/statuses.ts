import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { pathLines, READ_PATH } from "./path-lines.js";
import { script } from "./script.js";
import { type ChecksumAlgorithm, type FileStatus, lastLine, parseStatus, STATUS_FORMAT } from "./status.js";

/** What stands at one of many paths. */
export interface Place {
  /** Of what a link leads to; undefined: nothing is there, or the link leads nowhere. */
  readonly status: FileStatus | undefined;
  /** Whether the path itself is a link. */
  readonly isLink: boolean;
}

/** As few processes as may be: `stat` and the checksum's program run once for a hundred files. */
const STATUSES = `sum=$1
export LC_ALL=C
nl='
'
${READ_PATH}
farm_batch() {
  count=$# at=0
  [ "$count" -gt 0 ] || return 0
  stat -L -c '${STATUS_FORMAT}' -- "$@" || return
  for each; do
    at=$((at + 1))
    [ "$sum" ] && [ -f "$each" ] && [ -r "$each" ] || continue
    case $each in
    *"$nl"*) echo "sum $at"; "\${sum}sum" <"$each" || return ;;
    *) echo "later $at"; set -- "$@" "$each" ;;
    esac
  done
  shift "$count"
  [ $# -eq 0 ] || "\${sum}sum" -- "$@"
}
set --
number=0
while IFS= read -r line; do
  farm_path "$line"
  number=$((number + 1)) link=
  [ ! -L "$path" ] || { link=link; echo "link $number"; }
  [ -e "$path" ] || continue
  echo "at $number"
  set -- "$@" "$path"
  [ $# -lt 100 ] || { farm_batch "$@" || exit; set --; }
done
farm_batch "$@"`;

/** What stands at each of many paths, links followed; one question, however many they are. @throws ModuleFailure */
export async function placesAt(
  context: ModuleContext,
  paths: readonly string[],
  checksum?: ChecksumAlgorithm,
): Promise<Place[]> {
  const command = script("statuses", STATUSES, [checksum ?? ""], { stdin: pathLines(paths), readOnly: true });
  const { code, stdout, stderr } = await context.ask(command);
  if (code !== 0) throw new ModuleFailure(`cannot look at ${named(paths)}: ${lastLine(stderr, code)}`);
  return parsePlaces(stdout, paths);
}

const named = (paths: readonly string[]): string =>
  paths.length > 3 ? `${paths[0]} and ${paths.length - 1} more` : paths.join(", ");

/** What `statuses` printed: which are links, which are there; then a line for each that is; then the checksums. */
export function parsePlaces(text: string, paths: readonly string[]): Place[] {
  const reader = new PlacesReader(paths);
  for (const line of text.split("\n")) reader.read(line);
  return paths.map((_, index) => ({ status: reader.found.get(index), isLink: reader.links.has(index) }));
}

class PlacesReader {
  readonly links = new Set<number>();
  readonly found = new Map<number, FileStatus>();
  /** The paths that `stat` was run for at once, by their number. */
  #batch: number[] = [];
  #stated = 0;
  /** Whose checksum comes next. */
  #awaited: (number | undefined)[] = [];

  constructor(private readonly paths: readonly string[]) {}

  read(line: string): void {
    const [word = "", digits = ""] = line.split(" ", 2);
    const number = Number(digits) - 1;
    if (word === "link") this.links.add(number);
    else if (word === "at") this.#begin(number);
    else if (word === "status") this.#status(line);
    else if (word === "sum") this.#awaited.unshift(this.#batch[number]);
    else if (word === "later") this.#awaited.push(this.#batch[number]);
    else this.#checksum(line);
  }

  /** A new batch begins where the statuses of the last one have been told. */
  #begin(number: number): void {
    if (this.#stated > 0) {
      this.#batch = [];
      this.#stated = 0;
    }
    this.#batch.push(number);
  }

  #status(line: string): void {
    const index = this.#batch[this.#stated++];
    const status = index === undefined ? undefined : parseStatus(line, this.paths[index] ?? "");
    if (index !== undefined && status) this.found.set(index, status);
  }

  #checksum(line: string): void {
    const checksum = /^\\?([0-9a-f]{32,128}) /.exec(line)?.[1];
    if (checksum === undefined) return;
    const index = this.#awaited.shift();
    const status = index === undefined ? undefined : this.found.get(index);
    if (index !== undefined && status) this.found.set(index, { ...status, checksum });
  }
}
