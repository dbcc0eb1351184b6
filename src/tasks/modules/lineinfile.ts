import { z } from "zod";
import { attributeArgs } from "../remote/attributes.js";
import { editFile, linesOf, patternOf } from "../text-edit/edited-file.js";
import { editLines } from "../text-edit/line-in-file.js";
import { bool, path, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  path: path().describe("the file"),
  line: text().optional().describe("the line that shall be there, or not"),
  regexp: text()
    .optional()
    .describe("the line to replace: a regular expression of Python's; the last that matches counts"),
  search_string: text().optional().describe("the same by a plain text that the line holds"),
  state: z.enum(["present", "absent"]).default("present").describe("whether it shall be there"),
  backrefs: bool()
    .default(false)
    .describe("`\\1` and the like in line are groups of regexp; nothing is added when it does not match"),
  insertafter: text().optional().describe("where a new line goes: EOF, or behind the last line that matches"),
  insertbefore: text()
    .optional()
    .describe("where a new line goes: BOF, or before the last line that matches"),
  firstmatch: bool().default(false).describe("the first line that matches, instead of the last"),
  create: bool().default(false).describe("make the file when it is not there"),
  backup: bool().default(false).describe("keep the old file beside the new one"),
  validate: text().optional().describe("a command, with %s for the new file, that must succeed"),
  ...attributeArgs,
});

/** One line of a file. */
export const lineinfile: Module<z.infer<typeof Args>> = {
  name: "lineinfile",
  summary: "Sees to it that a line is in a file, or is not.",
  args: Args,
  aliases: { dest: "path", destfile: "path", name: "path", value: "line", regex: "regexp" },
  async run(args, context) {
    const { line, state, backrefs, regexp } = args;
    if (state === "present" && line === undefined)
      throw new ModuleFailure("line is required with state=present");
    if (backrefs && regexp === undefined) throw new ModuleFailure("regexp is required with backrefs=true");
    if (state === "absent" && (line ?? regexp ?? args.search_string) === undefined)
      throw new ModuleFailure("one of line, search_string, or regexp is required with state=absent");
    const wanted = {
      state,
      line,
      backrefs,
      regexp: regexp === undefined ? undefined : patternOf(regexp),
      searchString: args.search_string,
      firstMatch: args.firstmatch,
      insertAfter:
        args.insertafter === undefined || args.insertafter === "EOF"
          ? ("EOF" as const)
          : patternOf(args.insertafter),
      insertBefore: placeBefore(args.insertbefore),
    };
    if (state === "absent") {
      const { code } = await context.ask({ argv: ["test", "-e", args.path], readOnly: true });
      if (code !== 0) return { changed: false, msg: "file not present" };
    }
    const result = await editFile(args, context, (before) => {
      const { lines, join } = linesOf(before);
      const edited = editLines(lines, wanted);
      const same = edited.msg === "";
      return {
        text: same ? before : join(edited.lines),
        msg: edited.msg,
        ...(state === "absent" && { fields: { found: edited.found } }),
      };
    });
    return { ...result, backup: result["backup_file"] ?? "" };
  },
};

function placeBefore(where: string | undefined): RegExp | "BOF" | undefined {
  if (where === undefined) return undefined;
  return where === "BOF" ? "BOF" : patternOf(where);
}
