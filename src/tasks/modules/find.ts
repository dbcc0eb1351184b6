import { z } from "zod";
import { compilePython } from "../../template/filters/regex.js";
import { parseTree } from "../remote/directory.js";
import { script } from "../remote/script.js";
import { type FileStatus, lastLine } from "../remote/status.js";
import { bool, int, list, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  paths: list().describe("directories to look in"),
  patterns: list().default([]).describe("globs that the names match, or regular expressions with use_regex"),
  excludes: list().default([]).describe("names that are left out"),
  use_regex: bool().default(false).describe("patterns are regular expressions of Python's"),
  recurse: bool().default(false).describe("look into directories below"),
  depth: int().optional().describe("how deep"),
  file_type: z.enum(["file", "directory", "link", "any"]).default("file").describe("what is looked for"),
  hidden: bool().default(false).describe("names that begin with a dot too"),
  follow: bool().default(false).describe("accepted: links are not followed"),
  age: text().optional().describe("older than this: `3d`, `-1h` for younger; s, m, h, d, w"),
  age_stamp: z.enum(["atime", "ctime", "mtime"]).default("mtime").describe("the time that counts"),
  size: text().optional().describe("larger than this: `10m`, `-1k` for smaller; b, k, m, g, t"),
  contains: text().optional().describe("a regular expression that a line of a file matches"),
  get_checksum: bool().default(false).describe("accepted: checksums are not told"),
});
type Find = z.infer<typeof Args>;

const LOOK = `contains=$1 depth=$2; shift 2
export LC_ALL=C
for each; do
  case $each in "~/"*) each="$HOME/\${each#"~/"}" ;; esac
  [ -d "$each" ] || { printf '%s\\n' "$each" >&2; continue; }
  find "$each" -mindepth 1 \${depth:+-maxdepth "$depth"} \${contains:+-type f} -exec sh -c '
    [ ! "$1" ] || grep -Eq -- "$1" "$2" || exit 0
    stat -c "status %f %a %u %g %U %G %s %Y %X %Z %i %d %h" -- "$2" && printf "%s\\0" "$2"' sh "$contains" {} \\;
done
exit 0`;

/** Files of the machine by name, age, size and content. */
export const find: Module<Find> = {
  name: "find",
  summary: "Finds files of the machine by name, type, age, size and content.",
  args: Args,
  aliases: { path: "paths", name: "paths", pattern: "patterns", exclude: "excludes" },
  differs: [
    "Links are not followed and checksums not told; `contains` is an extended regular expression of grep's.",
  ],
  async run(args, context) {
    const depth = args.recurse ? (args.depth ?? "") : 1;
    const { code, stdout, stderr } = await context.ask({
      ...script("find", LOOK, [args.contains ?? "", String(depth), ...args.paths]),
      readOnly: true,
    });
    if (code !== 0)
      throw new ModuleFailure(`cannot look into ${args.paths.join(", ")}: ${lastLine(stderr, code)}`);
    const all = parseTree(stdout);
    const files = all.filter((each) => isWanted(each, args, context.clock.now() / 1000));
    const skipped = Object.fromEntries(
      stderr
        .split("\n")
        .filter((line) => args.paths.includes(line))
        .map((path) => [path, `'${path}' is not a directory`]),
    );
    return {
      changed: false,
      files: files.map(fields),
      matched: files.length,
      examined: all.length,
      skipped_paths: skipped,
      msg:
        Object.keys(skipped).length > 0
          ? "Not all paths examined, check warnings for details"
          : "All paths examined",
    };
  },
};

function isWanted(file: FileStatus, args: Find, now: number): boolean {
  const name = file.path.slice(file.path.lastIndexOf("/") + 1);
  const matches = (patterns: readonly string[]) =>
    patterns.some((each) => patternOf(each, args.use_regex).test(name));
  return (
    (args.file_type === "any" || args.file_type === file.type) &&
    (args.hidden || !name.startsWith(".")) &&
    (args.patterns.length === 0 || matches(args.patterns)) &&
    !matches(args.excludes) &&
    isBeyond(args.age, UNITS, now - file[args.age_stamp]) &&
    (file.type !== "file" || isBeyond(args.size, SIZES, file.size))
  );
}

function patternOf(pattern: string, isRegex: boolean): RegExp {
  if (isRegex) return compilePython(`^(?:${pattern})`, "");
  const source = pattern
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".")
    .replaceAll("[!", "[^");
  return new RegExp(`^${source}$`);
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const SIZES: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** At least a limit, or at most a negative one. */
function isBeyond(
  limit: string | undefined,
  units: Readonly<Record<string, number>>,
  value: number,
): boolean {
  if (limit === undefined) return true;
  const [, digits, unit = ""] = /^(-?\d+)([a-z]?)$/i.exec(limit.trim()) ?? [];
  const factor = unit === "" ? 1 : units[unit.toLowerCase()];
  if (digits === undefined || factor === undefined) throw new ModuleFailure(`'${limit}' is no age or size`);
  const bound = Number(digits) * factor;
  return bound >= 0 ? value >= bound : value <= -bound;
}

function fields(file: FileStatus): Record<string, unknown> {
  return {
    path: file.path,
    mode: `0${file.mode.toString(8).padStart(3, "0")}`,
    isdir: file.type === "directory",
    isreg: file.type === "file",
    islnk: file.type === "link",
    uid: file.uid,
    gid: file.gid,
    pw_name: file.owner,
    gr_name: file.group,
    size: file.size,
    inode: file.inode,
    dev: file.device,
    nlink: file.nlink,
    atime: file.atime,
    mtime: file.mtime,
    ctime: file.ctime,
  };
}
