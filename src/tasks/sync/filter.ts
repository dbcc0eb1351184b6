import type { TreeEntry } from "./tree.js";
import { parentsOf } from "./tree.js";

/** rsync's `--exclude` or `--include`; the first that matches decides. */
export interface FilterRule {
  readonly include: boolean;
  readonly pattern: string;
}

/** Whether a name is left out, itself or with a directory that it is in. */
export function isExcluded(
  rules: readonly FilterRule[],
): (entry: Pick<TreeEntry, "name" | "type">) => boolean {
  const tests = rules.map(({ include, pattern }) => ({ include, matches: matcher(pattern) }));
  const known = new Map<string, boolean>();
  const own = (name: string, isDirectory: boolean): boolean => {
    const first = tests.find(({ matches }) => matches(name, isDirectory));
    return first !== undefined && !first.include;
  };
  return ({ name, type }) => {
    if (tests.length === 0) return false;
    const above = parentsOf(name).some((parent) => {
      const before = known.get(parent);
      if (before !== undefined) return before;
      const excluded = own(parent, true);
      known.set(parent, excluded);
      return excluded;
    });
    return above || own(name, type === "directory");
  };
}

/** `/a` from the root, `a/` a directory, `a/b` the end of a path, `a` a name anywhere; `**` goes over slashes. */
function matcher(pattern: string): (name: string, isDirectory: boolean) => boolean {
  const onlyDirectories = pattern.endsWith("/");
  const anchored = pattern.startsWith("/");
  const body = pattern.replace(/^\//, "").replace(/\/$/, "");
  const whole = anchored || body.includes("/") || body.includes("**");
  const source = globSource(body);
  const expression = new RegExp(anchored ? `^${source}$` : `(?:^|/)${source}$`, "s");
  return (name, isDirectory) => {
    if (onlyDirectories && !isDirectory) return false;
    return expression.test(whole ? name : name.slice(name.lastIndexOf("/") + 1));
  };
}

const GLOB = /\/\*\*\*$|\*\*+|\*|\?|\[!?\]?[^\]/]*\]|\\.|[\s\S]/g;

function globSource(glob: string): string {
  return glob.replace(GLOB, (part) => {
    if (part === "/***") return "(?:/.*)?";
    if (part.startsWith("**")) return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.length > 2 && part.startsWith("["))
      return part
        .replace(/\\/g, "\\\\")
        .replace(/^\[[!^]/, "[^")
        .replace(/(?!^)\[/g, "\\[");
    const plain = part.length === 2 ? part.slice(1) : part;
    return plain.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  });
}
