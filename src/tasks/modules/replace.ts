import { z } from "zod";
import { attributeArgs } from "../remote/attributes.js";
import { editFile, patternOf } from "../text-edit/edited-file.js";
import { bool, path, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  path: path().describe("the file"),
  regexp: text().describe("what is replaced: a regular expression of Python's, ^ and $ at every line"),
  replace: text().default("").describe("what takes its place; `\\1` is a group"),
  after: text().optional().describe("only behind what this matches"),
  before: text().optional().describe("only before what this matches"),
  backup: bool().default(false).describe("keep the old file beside the new one"),
  validate: text().optional().describe("a command, with %s for the new file, that must succeed"),
  encoding: z.literal("utf-8").default("utf-8").describe("UTF-8; other bytes are kept"),
  ...attributeArgs,
});

/** All that a pattern matches in a file. */
export const replace: Module<z.infer<typeof Args>> = {
  name: "replace",
  summary: "Replaces all that a pattern matches in a file.",
  args: Args,
  aliases: { dest: "path", destfile: "path", name: "path" },
  async run(args, context) {
    const pattern = patternOf(args.regexp, "gm");
    const result = await editFile({ ...args, create: false }, context, (whole) => {
      const { from, to } = range(whole, args.after, args.before);
      if (from < 0)
        return {
          text: whole,
          msg: `Pattern for before/after params did not match the given file: ${describe(args)}`,
        };
      let count = 0;
      const edited = whole.slice(from, to).replace(pattern, (...found: unknown[]) => {
        count += 1;
        return expand(args.replace, found);
      });
      const text = whole.slice(0, from) + edited + whole.slice(to);
      return { text, msg: count > 0 && text !== whole ? `${count} replacements made` : "" };
    });
    return { ...result, rc: 0 };
  },
};

/** The part of the text that is looked at; from is -1 when after or before match nothing. */
function range(
  text: string,
  after: string | undefined,
  before: string | undefined,
): { from: number; to: number } {
  const start = after === undefined ? undefined : patternOf(after, "s").exec(text);
  if (start === null) return { from: -1, to: -1 };
  const from = start ? start.index + start[0].length : 0;
  const end = before === undefined ? undefined : patternOf(before, "s").exec(text.slice(from));
  if (end === null) return { from: -1, to: -1 };
  return { from, to: end ? from + end.index : text.length };
}

const describe = ({ after, before }: { after?: string | undefined; before?: string | undefined }): string =>
  [
    after === undefined ? "" : `${after}(?P<subsection>.*)`,
    before === undefined ? "" : `(?P<subsection>.*)${before}`,
  ].join("");

function expand(template: string, found: readonly unknown[]): string {
  const named = typeof found.at(-1) === "object" ? (found.at(-1) as Record<string, string>) : {};
  return template.replace(
    /\\(?:g<(\w+)>|(\d{1,2})|([nt\\]))/g,
    (_all, name: string, digits: string, special: string) => {
      if (special !== undefined) return { n: "\n", t: "\t" }[special] ?? special;
      const key = name ?? digits;
      const value = /^\d+$/.test(key) ? found[Number(key)] : named[key];
      if (value === undefined && !/^\d+$/.test(key)) throw new ModuleFailure(`there is no group '${key}'`);
      return String(value ?? "");
    },
  );
}
