import { z } from "zod";
import { attributeArgs } from "../remote/attributes.js";
import { editFile, linesOf } from "../text-edit/edited-file.js";
import { editIni } from "../text-edit/ini.js";
import { bool, path, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  path: path().describe("the file"),
  section: text().optional().describe("the section; without one, what stands before the first"),
  option: text().optional().describe("the option; without one it is about the whole section"),
  value: text().optional().describe("its value"),
  state: z.enum(["present", "absent"]).default("present").describe("whether it shall be there"),
  no_extra_spaces: bool().default(false).describe("no spaces around ="),
  allow_no_value: bool().default(false).describe("an option may stand without a value"),
  create: bool().default(true).describe("make the file when it is not there"),
  backup: bool().default(false).describe("keep the old file beside the new one"),
  ...attributeArgs,
});

/** Options of INI files. */
export const iniFile: Module<z.infer<typeof Args>> = {
  name: "ini_file",
  summary: "Sees to an option of an INI file.",
  args: Args,
  aliases: { dest: "path" },
  differs: ["`values`, `exclusive` and `modify_inactive_option` are not there: an option has one value."],
  async run(args, context) {
    const { option, value, allow_no_value, state } = args;
    if (state === "present" && option !== undefined && value === undefined && !allow_no_value)
      throw new ModuleFailure("value is needed, or allow_no_value");
    return editFile(args, context, (before) => {
      const { lines, join } = linesOf(before);
      const edited = editIni(lines, {
        section: args.section,
        option,
        value,
        state,
        noExtraSpaces: args.no_extra_spaces,
      });
      const same = edited.msg === "OK";
      return { text: same ? before : join(edited.lines), msg: edited.msg };
    });
  },
};
