import { z } from "zod";
import { bool, int, list, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext } from "../module/module.js";
import { filesWith } from "../remote/contents.js";
import { grepPattern } from "../remote/grep-pattern.js";
import { namePattern } from "../remote/name-pattern.js";
import { statFields } from "../remote/stat-fields.js";
import type { FileStatus } from "../remote/status.js";
import { placesAt } from "../remote/statuses.js";
import { walk } from "../remote/walk.js";

const Args = z.strictObject({
  paths: list().describe("directories to look in"),
  patterns: list().default([]).describe("globs that the names match, or regular expressions with use_regex"),
  excludes: list().default([]).describe("names that are left out"),
  use_regex: bool().default(false).describe("patterns are regular expressions of Python's"),
  recurse: bool().default(false).describe("look into directories below"),
  depth: int().optional().describe("how deep"),
  file_type: z.enum(["file", "directory", "link", "any"]).default("file").describe("what is looked for"),
  hidden: bool().default(false).describe("names that begin with a dot too"),
  follow: bool().default(false).describe("look into directories that links lead to"),
  age: text().optional().describe("older than this: `3d`, `-1h` for younger; s, m, h, d, w"),
  age_stamp: z.enum(["atime", "ctime", "mtime"]).default("mtime").describe("the time that counts"),
  size: text().optional().describe("larger than this: `10m`, `-1k` for smaller; b, k, m, g, t"),
  contains: text().optional().describe("a regular expression that a line of a file matches at its beginning"),
  read_whole_file: bool().default(false).describe("contains may match anywhere in a line"),
  get_checksum: bool().default(false).describe("tell the SHA-1 of files"),
});
type Find = z.infer<typeof Args>;

/** Files of the machine by name, age, size and content. */
export const find: Module<Find> = {
  name: "find",
  summary: "Finds files of the machine by name, type, age, size and content.",
  args: Args,
  aliases: { path: "paths", name: "paths", pattern: "patterns", exclude: "excludes" },
  differs: [
    "`contains` is looked for by the machine's grep: what grep cannot, as looking around, is refused; read_whole_file still goes by lines.",
    "Times are whole seconds.",
  ],
  async run(args, context) {
    const wants = wanted(args);
    const depth = args.recurse ? args.depth : 1;
    const { entries, skipped, now } = await walk(context, args.paths, { depth, follow: args.follow });
    const named = entries.filter((each) => wants(each, now));
    const files = await withContent(args, named, context);
    const checksums = args.get_checksum ? await checksumsOf(files, context) : undefined;
    return {
      changed: false,
      files: files.map((each, index) => ({ ...statFields(each), ...checksums?.[index] })),
      matched: files.length,
      examined: entries.length,
      skipped_paths: Object.fromEntries(skipped),
      msg: skipped.size > 0 ? "Not all paths examined, check warnings for details" : "All paths examined",
    };
  },
};

/** What is looked for, as far as it can be told without reading files. @throws ModuleFailure for a limit or pattern that is none */
export function wanted(args: Find): (file: FileStatus, now: number) => boolean {
  const patterns = args.patterns.map((each) => namePattern(each, args.use_regex));
  const excludes = args.excludes.map((each) => namePattern(each, args.use_regex));
  const isOld = limit(args.age, UNITS, "age");
  const isLarge = limit(args.size, SIZES, "size");
  return (file, now) => {
    const name = file.path.slice(file.path.lastIndexOf("/") + 1);
    return (
      (args.file_type === "any" || args.file_type === file.type) &&
      (args.hidden || !name.startsWith(".")) &&
      (patterns.length === 0 || patterns.some((each) => each.test(name))) &&
      !excludes.some((each) => each.test(name)) &&
      isOld(now - file[args.age_stamp]) &&
      (file.type !== "file" || isLarge(file.size))
    );
  };
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const SIZES: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** At least a limit, or at most a negative one. */
function limit(
  written: string | undefined,
  units: Readonly<Record<string, number>>,
  what: string,
): (value: number) => boolean {
  if (written === undefined) return () => true;
  const [, digits, unit = ""] = /^(-?\d+)([a-z]?)$/i.exec(written.trim()) ?? [];
  const factor = unit === "" ? 1 : units[unit.toLowerCase()];
  if (digits === undefined || factor === undefined)
    throw new ModuleFailure(`failed to process ${what}: '${written}'`, { [what]: written });
  const bound = Math.abs(Number(digits)) * factor;
  return digits.startsWith("-") ? (value) => value <= bound : (value) => value >= bound;
}

/** Content is looked for in files only, and only when files are what is looked for. */
async function withContent(
  { contains, file_type, read_whole_file }: Find,
  files: readonly FileStatus[],
  context: ModuleContext,
): Promise<readonly FileStatus[]> {
  if (contains === undefined || file_type !== "file") return files;
  const { source, ignoreCase } = grepPattern(contains);
  const pattern = { source: read_whole_file ? source : `^(${source})`, ignoreCase };
  const paths = files.map(({ path }) => path);
  const have = await filesWith(context, pattern, paths);
  return files.filter((_, index) => have[index]);
}

async function checksumsOf(
  files: readonly FileStatus[],
  context: ModuleContext,
): Promise<({ checksum: string } | undefined)[]> {
  const regular = files.filter(({ type }) => type === "file").map(({ path }) => path);
  const places = regular.length > 0 ? await placesAt(context, regular, "sha1") : [];
  const sums = new Map(places.map(({ status }) => [status?.path, status?.checksum]));
  return files.map(({ path }) => {
    const checksum = sums.get(path);
    return checksum === undefined ? undefined : { checksum };
  });
}
