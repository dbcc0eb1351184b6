import { z } from "zod";
import { bool, path, text } from "../module/arguments.js";
import { attributeArgs } from "../remote/attributes.js";
import { withFileFlags } from "../remote/file-flags.js";
import { type Edited, editFile, type FileText } from "../text-edit/edited-file.js";
import { patternOf, templateOf } from "../text-edit/python-pattern.js";
import { replaceAll, sectionPattern } from "../text-edit/replace-in-file.js";

const Args = z.strictObject({
  path: path().describe("the file"),
  regexp: text().describe("what is replaced: a regular expression of Python's, ^ and $ at every line"),
  replace: text().default("").describe("what takes its place; `\\1` and `\\g<name>` are groups"),
  after: text().optional().describe("only behind what this first matches"),
  before: text().optional().describe("only before what this matches: the next one with after, else the last"),
  backup: bool().default(false).describe("keep the old file beside the new one"),
  validate: text().optional().describe("a command, with %s for the new file, that must succeed"),
  encoding: z
    .string()
    .refine((name) => /^utf-?8$/i.test(name), "is always utf-8 here")
    .default("utf-8")
    .describe("utf-8; bytes that are none are kept"),
  ...attributeArgs,
});
type ReplaceArgs = z.infer<typeof Args>;

/** All that a pattern matches in a file. */
export const replace = withFileFlags<ReplaceArgs>({
  name: "replace",
  summary: "Replaces all that a pattern matches in a file.",
  args: Args,
  aliases: { dest: "path", destfile: "path", name: "path" },
  differs: ["Encodings other than UTF-8 are not known; a file that is no UTF-8 is edited byte by byte."],
  async run(args, context) {
    const missing = { do: "fail", msg: `Path ${args.path} does not exist !` } as const;
    const result = await editFile({ ...args, missing }, context, (file) => replaceEdit(args, file));
    return { ...result, rc: 0 };
  },
});

/** A file's text as replace makes it. @throws ModuleFailure for patterns that are none */
export function replaceEdit(
  { regexp, replace: template, after, before }: ReplaceArgs,
  file: FileText,
): Edited {
  const given = (argument: string | undefined) => argument && file.given(argument);
  const section = sectionPattern(given(after), given(before));
  const replaced = replaceAll(file.text, {
    regexp: patternOf(file.given(regexp), "gm"),
    replacement: templateOf(file.given(template)),
    section,
  });
  if (!replaced) {
    const msg = `Pattern for before/after params did not match the given file: ${section}`;
    return { text: file.text, msg };
  }
  const changed = replaced.text !== file.text;
  return { text: replaced.text, msg: changed ? `${replaced.count} replacements made` : "" };
}
