import { z } from "zod";
import { bool, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import { attributeArgs } from "../remote/attributes.js";
import { withFileFlags } from "../remote/file-flags.js";
import { editBlock } from "../text-edit/block-in-file.js";
import { type Edited, type EditOptions, editFile, type FileText } from "../text-edit/edited-file.js";
import { placeOf } from "./lineinfile.js";

const Args = z.strictObject({
  path: path().describe("the file"),
  block: text().default("").describe("the lines; none takes the block away"),
  state: z.enum(["present", "absent"]).default("present").describe("whether it shall be there"),
  marker: text()
    .default("# {mark} ANSIBLE MANAGED BLOCK")
    .describe("the lines around it, {mark} being BEGIN and END"),
  marker_begin: text().default("BEGIN").describe("instead of BEGIN"),
  marker_end: text().default("END").describe("instead of END"),
  insertafter: text()
    .optional()
    .describe("where a new block goes: EOF, or behind the last line that matches"),
  insertbefore: text()
    .optional()
    .describe("where a new block goes: BOF, or before the last line that matches"),
  append_newline: bool()
    .default(false)
    .describe("a blank line behind a block that is put in, unless at the end"),
  prepend_newline: bool()
    .default(false)
    .describe("a blank line before a block that is put in, unless at the start"),
  create: bool().default(false).describe("make the file, and its directory, when it is not there"),
  backup: bool().default(false).describe("keep the old file beside the new one"),
  validate: text().optional().describe("a command, with %s for the new file, that must succeed"),
  ...attributeArgs,
});
type BlockArgs = z.infer<typeof Args>;

/** Several lines of a file between markers. */
export const blockinfile = withFileFlags<BlockArgs>({
  name: "blockinfile",
  summary: "Sees to a block of lines between two marker lines.",
  args: Args,
  aliases: { dest: "path", destfile: "path", name: "path", content: "block" },
  differs: ["Patterns see the characters of a file in UTF-8, Ansible's its bytes."],
  async run(args, context) {
    if (args.insertafter !== undefined && args.insertbefore !== undefined)
      throw new ModuleFailure("parameters are mutually exclusive: insertbefore|insertafter");
    return editFile({ ...args, missing: missing(args) }, context, (file) => blockEdit(args, file));
  },
});

function missing({ path: of, create, state }: BlockArgs): EditOptions["missing"] {
  if (!create) return { do: "fail", msg: `Path ${of} does not exist !` };
  return state === "absent" ? { do: "leave", msg: `File ${of} not present` } : { do: "create" };
}

/** A file's text as blockinfile makes it. @throws ModuleFailure for patterns that are none */
export function blockEdit(args: BlockArgs, file: FileText): Edited {
  const block = args.state === "absent" ? "" : file.given(args.block);
  const marker = (mark: string) => file.given(args.marker).replaceAll("{mark}", () => file.given(mark));
  const after = editBlock(file.text, {
    block,
    begin: marker(args.marker_begin),
    end: marker(args.marker_end),
    place: placeOf(args, file),
    prependNewline: args.prepend_newline,
    appendNewline: args.append_newline,
  });
  const msg = block === "" ? "Block removed" : "Block inserted";
  if (!file.exists) return { text: after, msg: "File created" };
  return { text: after, msg: after === file.text ? "" : msg };
}
