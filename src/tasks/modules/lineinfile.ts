import { z } from "zod";
import { bool, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import { attributeArgs } from "../remote/attributes.js";
import { withFileFlags } from "../remote/file-flags.js";
import { type Edited, type EditOptions, editFile, type FileText } from "../text-edit/edited-file.js";
import { type Finder, type Place, withLine, withoutLine } from "../text-edit/line-in-file.js";
import { bare } from "../text-edit/lines.js";
import { patternOf, templateOf } from "../text-edit/python-pattern.js";

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
  create: bool().default(false).describe("make the file, and its directory, when it is not there"),
  backup: bool().default(false).describe("keep the old file beside the new one"),
  validate: text().optional().describe("a command, with %s for the new file, that must succeed"),
  ...attributeArgs,
});
type LineArgs = z.infer<typeof Args>;

/** One line of a file. */
export const lineinfile = withFileFlags<LineArgs>({
  name: "lineinfile",
  summary: "Sees to it that a line is in a file, or is not.",
  args: Args,
  aliases: { dest: "path", destfile: "path", name: "path", value: "line", regex: "regexp" },
  differs: [
    "Patterns see the characters of a file in UTF-8, Ansible's its bytes.",
    "A line put behind the last line gets a line of its own also when that last line has no end.",
  ],
  async run(args, context) {
    refuse(args);
    const { backup_file, ...result } = await editFile(optionsOf(args), context, (file) =>
      lineEdit(args, file),
    );
    return { ...result, backup: backup_file ?? "" };
  },
});

function refuse(args: LineArgs): void {
  const { state, line, regexp, search_string, backrefs } = args;
  const both = (...names: (keyof LineArgs)[]) => {
    if (names.every((name) => args[name] !== undefined && args[name] !== false))
      throw new ModuleFailure(`parameters are mutually exclusive: ${names.join("|")}`);
  };
  both("insertbefore", "insertafter");
  both("regexp", "search_string");
  both("backrefs", "search_string");
  if (state === "absent" && (line ?? regexp ?? search_string) === undefined)
    throw new ModuleFailure("one of line, search_string, or regexp is required with state=absent");
  if (state === "absent") return;
  if (backrefs && regexp === undefined) throw new ModuleFailure("regexp is required with backrefs=true");
  if (line === undefined) throw new ModuleFailure("line is required with state=present");
}

function optionsOf(args: LineArgs): EditOptions {
  const { path: of, state, create } = args;
  if (state === "absent") return { ...args, missing: { do: "leave", msg: "file not present" } };
  const fail = { do: "fail", msg: `Destination ${of} does not exist !` } as const;
  return { ...args, missing: create ? { do: "create" } : fail };
}

/** A file's text as lineinfile makes it. @throws ModuleFailure for patterns that are none */
export const lineEdit = (args: LineArgs, file: FileText): Edited =>
  args.state === "absent" ? remove(args, file) : add(args, file);

function remove({ regexp, search_string, line = "" }: LineArgs, file: FileText) {
  const wanted = file.given(line);
  const finds = finderOf({ regexp, search_string }, file) ?? ((each: string) => bare(each) === wanted);
  const { text: left, msg, found } = withoutLine(file.text, finds);
  return { text: left, msg, fields: { found } };
}

function add(args: LineArgs, file: FileText) {
  const line = file.given(args.line ?? "");
  return withLine(file.text, {
    line,
    finds: finderOf(args, file),
    backrefs: args.backrefs ? templateOf(line) : undefined,
    firstMatch: args.firstmatch,
    place: placeOf(args, file),
  });
}

function finderOf(args: Pick<LineArgs, "regexp" | "search_string">, file: FileText): Finder | undefined {
  const { regexp, search_string } = args;
  if (regexp !== undefined) {
    const pattern = patternOf(file.given(regexp));
    return (line) => pattern.exec(line);
  }
  if (search_string === undefined) return undefined;
  const part = file.given(search_string);
  return (line) => line.includes(part);
}

/** Where `insertafter` and `insertbefore` say; the end by default. @throws ModuleFailure */
export function placeOf(
  { insertafter, insertbefore }: Pick<LineArgs, "insertafter" | "insertbefore">,
  file: FileText,
): Place {
  if (insertafter === "BOF" || insertbefore === "BOF") return "start";
  if (insertafter && insertafter !== "EOF")
    return { side: "after", pattern: patternOf(file.given(insertafter)) };
  return insertbefore ? { side: "before", pattern: patternOf(file.given(insertbefore)) } : "end";
}
