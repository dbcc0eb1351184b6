import { z } from "zod";
import { bool, list, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import { attributeArgs } from "../remote/attributes.js";
import { withFileFlags } from "../remote/file-flags.js";
import { type Edited, editFile, type FileText } from "../text-edit/edited-file.js";
import { editIni } from "../text-edit/ini.js";

const Condition = z.strictObject({
  option: text().describe("an option that the section has"),
  value: text().optional().describe("its value"),
  values: list().optional().describe("values of which it has one"),
});

const Args = z.strictObject({
  path: path().describe("the file"),
  section: text().optional().describe("the section; without one, what stands before the first"),
  section_has_values: z
    .array(Condition)
    .default([])
    .describe("of several sections of the name, the first that has these options; a new one gets them"),
  option: text().optional().describe("the option; without one it is about the whole section"),
  value: text().optional().describe("its value"),
  values: list().optional().describe("its values, a line each"),
  state: z.enum(["present", "absent"]).default("present").describe("whether it shall be there"),
  exclusive: bool()
    .default(true)
    .describe("other lines of the option go away; otherwise only lines of the values are added or removed"),
  no_extra_spaces: bool().default(false).describe("no spaces around ="),
  ignore_spaces: bool().default(false).describe("leave a line that differs in spaces around = only"),
  allow_no_value: bool().default(false).describe("an option may stand without = and a value"),
  modify_inactive_option: bool().default(true).describe("a comment that holds the option is made the option"),
  follow: bool().default(true).describe("accepted: a link stays, what it leads to is edited"),
  create: bool().default(true).describe("make the file, and its directory, when it is not there"),
  backup: bool().default(false).describe("keep the old file beside the new one"),
  ...attributeArgs,
});
type IniArgs = z.infer<typeof Args>;

/** Options of INI files. */
export const iniFile = withFileFlags<IniArgs>({
  name: "ini_file",
  summary: "Sees to an option of an INI file, or to a section.",
  args: Args,
  aliases: { dest: "path" },
  differs: [
    "A link is followed always; Ansible's puts a file in its place unless `follow` is given.",
    "A file with line ends of Windows keeps them.",
  ],
  async run(args, context) {
    const { state, create, allow_no_value, path: of } = args;
    if (args.value !== undefined && args.values !== undefined)
      throw new ModuleFailure("parameters are mutually exclusive: value|values");
    if (state === "present" && !allow_no_value && valuesOf(args).length === 0)
      throw new ModuleFailure(
        "Parameter 'value(s)' must be defined if state=present and allow_no_value=False.",
      );
    const leave = { do: "leave", msg: "OK" } as const;
    const make = state === "absent" ? leave : ({ do: "create" } as const);
    const missing = create ? make : ({ do: "fail", msg: `Destination ${of} does not exist!` } as const);
    return editFile({ ...args, missing, namesPath: true }, context, (file) => iniEdit(args, file));
  },
});

const valuesOf = ({ value, values = [] }: { value?: string | undefined; values?: string[] | undefined }) =>
  value === undefined ? values : [value];

/** A file's text as ini_file makes it; its message stays when only the attributes change. */
export function iniEdit(args: IniArgs, { text: before, given }: FileText): Edited {
  const { text: after, msg } = editIni(before, {
    section: args.section === undefined ? undefined : given(args.section),
    having: args.section_has_values.map((each) => ({
      option: given(each.option),
      values: valuesOf(each).map(given),
    })),
    option: args.option === undefined ? undefined : given(args.option),
    values: valuesOf(args).map(given),
    state: args.state,
    exclusive: args.exclusive,
    noExtraSpaces: args.no_extra_spaces,
    ignoreSpaces: args.ignore_spaces,
    allowNoValue: args.allow_no_value,
    modifyInactive: args.modify_inactive_option,
  });
  return { text: after, msg: "", fields: { msg } };
}
