import { basename } from "node:path";
import { z } from "zod";
import { ANSIBLE_SYNTAX, withSettings } from "../../template/syntax.js";
import { renderFile } from "../../template/template-file.js";
import { templateVariables } from "../../template/template-variables.js";
import { attributeArgs } from "../remote/attributes.js";
import { placeContent } from "../remote/place-content.js";
import { bool, path, text } from "./arguments.js";
import type { Module } from "./module.js";

const NEWLINES = {
  "\\n": "\n",
  "\\r": "\r",
  "\\r\\n": "\r\n",
  "\n": "\n",
  "\r": "\r",
  "\r\n": "\r\n",
} as const;

const mark = (usual: string) => text().optional().describe(`what stands for ${usual}`);

const Args = z.strictObject({
  src: path().describe("a template of the controller"),
  dest: path().describe("where on the machine"),
  ...attributeArgs,
  backup: bool().default(false).describe("keep the old file beside the new one"),
  force: bool().default(true).describe("replace a file that differs"),
  validate: text()
    .optional()
    .describe("a command, with %s for the new file, that must succeed before it is put in place"),
  newline_sequence: z
    .enum(["\\n", "\\r", "\\r\\n", "\n", "\r", "\r\n"])
    .default("\n")
    .describe("what ends its lines"),
  trim_blocks: bool().default(true).describe("the newline after a block is taken away"),
  lstrip_blocks: bool().default(false).describe("take the white space before a block away"),
  block_start_string: mark("{%"),
  block_end_string: mark("%}"),
  variable_start_string: mark("{{"),
  variable_end_string: mark("}}"),
  comment_start_string: mark("{#"),
  comment_end_string: mark("#}"),
  follow: bool().default(false).describe("write to what a link leads to"),
  output_encoding: z.literal("utf-8").default("utf-8").describe("UTF-8 only"),
});

/** Files made of templates. */
export const template: Module<z.infer<typeof Args>> = {
  name: "template",
  summary: "Renders a template of the controller and puts the file on the machine.",
  args: Args,
  differs: [
    "A template that is imported sees the variables without `with context` too; macros know no varargs and kwargs.",
    "Line statements, which only a `#jinja2:` line could turn on, are not known.",
  ],
  async run(args, context) {
    const source = await context.controller.find("templates", args.src);
    const file = { path: source, text: (await context.controller.read(source)).toString("utf8") };
    const scope = context.scope.child(templateVariables(source, args.src, args.dest));
    const syntax = withSettings(ANSIBLE_SYNTAX, {
      ...args,
      newline_sequence: NEWLINES[args.newline_sequence],
    });
    const text = renderFile(file, scope, { syntax });
    const name = basename(source).replace(/\.j2$/, "");
    return placeContent({ ...args, name, content: Buffer.from(text) }, context);
  },
};
