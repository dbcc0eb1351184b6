import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { pathLines, READ_PATH } from "./path-lines.js";
import { script } from "./script.js";
import { lastLine } from "./status.js";

/** A symbolic link to be. */
export interface Link {
  readonly path: string;
  readonly target: string;
}

/**
 * Shell text: `farm_link OPTION TARGET PATH` makes a link beside the old one and renames it over that, so that there is always one. A link to a directory
 * is replaced, not moved into: where mv cannot be told so, there is none for a moment.
 */
export const LINK_FUNCTION = `
farm_link() {
  part=$3.farm.$$
  ln $1 -- "$2" "$part" || return
  if [ -L "$3" ]; then mv -f -T -- "$part" "$3" 2>/dev/null && return; rm -f -- "$3" || { rm -f -- "$part"; return 1; }; fi
  mv -f -- "$part" "$3" || { rm -f -- "$part"; return 1; }
}`;

const COMPARE = `${READ_PATH}
end='
x'
while IFS= read -r line && IFS= read -r target; do
  case $target in *\\\\*) target=$(printf '%bx' "$target"); target=\${target%x} ;; esac
  farm_path "$line"
  if [ -L "$path" ]; then
    if [ "$(readlink -- "$path"; echo x)" = "$target$end" ]; then echo same; else echo other; fi
  elif [ -e "$path" ]; then echo occupied; else echo absent; fi
done`;

const MAKE = `${READ_PATH}${LINK_FUNCTION}
while IFS= read -r line && IFS= read -r target; do
  case $target in *\\\\*) target=$(printf '%bx' "$target"); target=\${target%x} ;; esac
  farm_path "$line"
  farm_link -s "$target" "$path" || exit
done`;

/** Sees to links; what else stands in the place of one is left alone. @returns whether anything changed @throws ModuleFailure */
export async function settleLinks(links: readonly Link[], context: ModuleContext): Promise<boolean> {
  if (links.length === 0) return false;
  const found = await context.ask({
    ...script("compare-links", COMPARE, [], { stdin: linesOf(links) }),
    readOnly: true,
  });
  const answers = found.stdout.split("\n");
  const occupied = links.find((_, index) => answers[index] === "occupied");
  if (occupied)
    throw new ModuleFailure(`cannot link ${occupied.path}: something that is no link is there`, {
      path: occupied.path,
    });
  const wanted = links.filter((_, index) => answers[index] !== "same");
  if (wanted.length === 0) return false;
  const { code, stderr } = await context.act(script("make-links", MAKE, [], { stdin: linesOf(wanted) }));
  if (code !== 0)
    throw new ModuleFailure(`cannot make one of ${wanted.length} links: ${lastLine(stderr, code)}`);
  return true;
}

const linesOf = (links: readonly Link[]): string =>
  pathLines(links.flatMap(({ path, target }) => [path, target]));
