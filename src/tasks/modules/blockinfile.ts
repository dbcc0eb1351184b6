import { z } from "zod";
import { attributeArgs } from "../remote/attributes.js";
import { editBlock } from "../text-edit/block-in-file.js";
import { editFile, linesOf, patternOf } from "../text-edit/edited-file.js";
import { bool, path, text } from "./arguments.js";
import type { Module } from "./module.js";

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
  create: bool().default(false).describe("make the file when it is not there"),
  backup: bool().default(false).describe("keep the old file beside the new one"),
  validate: text().optional().describe("a command, with %s for the new file, that must succeed"),
  ...attributeArgs,
});

/** Several lines of a file between markers. */
export const blockinfile: Module<z.infer<typeof Args>> = {
  name: "blockinfile",
  summary: "Sees to a block of lines between two marker lines.",
  args: Args,
  aliases: { dest: "path", destfile: "path", name: "path", content: "block" },
  async run(args, context) {
    const { insertafter, insertbefore, marker } = args;
    const wanted = {
      block: args.state === "absent" ? "" : args.block,
      begin: marker.replaceAll("{mark}", args.marker_begin),
      end: marker.replaceAll("{mark}", args.marker_end),
      insertAfter:
        insertafter === undefined || insertafter === "EOF" ? ("EOF" as const) : patternOf(insertafter),
      insertBefore:
        insertbefore === undefined || insertbefore === "BOF"
          ? (insertbefore as "BOF" | undefined)
          : patternOf(insertbefore),
    };
    return editFile(args, context, (before) => {
      const { lines, join } = linesOf(before);
      const { lines: after, msg } = editBlock(lines, wanted);
      return { text: msg === "" ? before : join(after), msg };
    });
  },
};
