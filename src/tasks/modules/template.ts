import { basename } from "node:path";
import { z } from "zod";
import { evaluateText } from "../../template/evaluate.js";
import { templateOr } from "../../template/template.js";
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
  trim_blocks: bool().default(true).describe("accepted as true: the newline after a block is taken away"),
  lstrip_blocks: bool().default(false).describe("take the white space before a block away"),
  follow: bool().default(false).describe("write to what a link leads to"),
  output_encoding: z.literal("utf-8").default("utf-8").describe("UTF-8 only"),
});

/** Files made of templates. */
export const template: Module<z.infer<typeof Args>> = {
  name: "template",
  summary: "Renders a template of the controller and puts the file on the machine.",
  args: Args,
  differs: ["Templates cannot include or extend others; the marks are {{ }}, {% %} and {# #}."],
  async run(args, context) {
    const source = await context.controller.find("templates", args.src);
    const written = (await context.controller.read(source)).toString("utf8");
    const stripped = args.lstrip_blocks ? written.replace(/^[ \t]+(?=\{[%#])/gm, "") : written;
    const scope = context.scope.child({ ansible_managed: "Ansible managed", template_path: source });
    const rendered = evaluateText(templateOr(stripped, { file: source, line: 1, column: 1 }), scope);
    const text = rendered.replaceAll("\n", NEWLINES[args.newline_sequence]);
    const name = basename(source).replace(/\.j2$/, "");
    return placeContent({ ...args, name, content: Buffer.from(text) }, context);
  },
};
