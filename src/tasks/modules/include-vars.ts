import { readdirSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { z } from "zod";
import { isMapping } from "../../values/mapping.js";
import { parseYaml } from "../../yaml/yaml.js";
import { bool, int, list, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext } from "../module/module.js";

const Args = z.strictObject({
  file: path().optional().describe("a file of variables"),
  dir: path().optional().describe("a directory whose files are read in the order of their names"),
  name: text().optional().describe("one variable that holds them all, instead of one each"),
  depth: int().default(0).describe("how deep below dir; 0 is all the way"),
  files_matching: text().optional().describe("a regular expression that the names of dir's files match"),
  ignore_files: list().default([]).describe("names of dir's files that are left out"),
  extensions: list().default(["json", "yaml", "yml"]).describe("endings of dir's files"),
  ignore_unknown_extensions: bool().default(false).describe("pass over dir's other files"),
  hash_behaviour: z
    .enum(["replace", "merge"])
    .default("replace")
    .describe("merge joins mappings of one name"),
});
type IncludeVars = z.infer<typeof Args>;

/** Reads files of variables while tasks run. */
export const includeVars: Module<IncludeVars> = {
  name: "include_vars",
  summary: "Reads variables from files of the controller while tasks run.",
  args: Args,
  freeForm: "file",
  inlineArgs: ["file", "dir", "name"],
  async run(args, context) {
    const paths =
      args.dir === undefined ? [await oneFile(args, context)] : await filesOf(args, args.dir, context);
    let all: Record<string, unknown> = {};
    for (const each of paths) {
      const value = parseYaml((await context.controller.read(each)).toString("utf8"), each) ?? {};
      if (!isMapping(value)) throw new ModuleFailure(`${each} is no mapping of variables`);
      all = args.hash_behaviour === "merge" ? merged(all, value) : { ...all, ...value };
    }
    const facts = args.name === undefined ? all : { [args.name]: all };
    return { changed: false, ansible_facts: facts, ansible_included_var_files: paths };
  },
};

async function oneFile({ file }: IncludeVars, context: ModuleContext): Promise<string> {
  if (file === undefined) throw new ModuleFailure("include_vars needs file or dir");
  return context.controller.find("vars", file);
}

async function filesOf(args: IncludeVars, dir: string, context: ModuleContext): Promise<string[]> {
  const base = await context.controller.find("vars", dir);
  const pattern = args.files_matching === undefined ? undefined : new RegExp(args.files_matching);
  return walk(base, args.depth === 0 ? Number.POSITIVE_INFINITY : args.depth)
    .filter((file) => !args.ignore_files.includes(basename(file)) && (pattern?.test(basename(file)) ?? true))
    .filter((file) => {
      if (args.extensions.includes(extname(file).slice(1))) return true;
      if (args.ignore_unknown_extensions) return false;
      throw new ModuleFailure(`${file} does not end with one of ${args.extensions.join(", ")}`);
    });
}

/** All files below a directory, by their names. */
function walk(directory: string, depth: number): string[] {
  const names = readdirSync(directory).sort();
  return names
    .map((name) => join(directory, name))
    .flatMap((path) => {
      if (!statSync(path).isDirectory()) return [path];
      return depth > 1 ? walk(path, depth - 1) : [];
    });
}

function merged(
  left: Record<string, unknown>,
  right: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const before = result[key];
    result[key] = isMapping(before) && isMapping(value) ? merged(before, value) : value;
  }
  return result;
}
