import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { ANSIBLE_SYNTAX, withSettings } from "../../template/syntax.js";
import { renderFile } from "../../template/template-file.js";
import { templateVariables } from "../../template/template-variables.js";
import { bool, mode, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import { attributeArgs } from "../remote/attributes.js";
import { withFileFlags } from "../remote/file-flags.js";
import { placeContent } from "../remote/place-content.js";

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
  mode: mode()
    .optional()
    .describe("permission bits: octal (a quoted text), symbolic, or `preserve` for those of the template"),
  backup: bool().default(false).describe("keep the old file beside the new one"),
  force: bool().default(true).describe("replace a file that differs"),
  validate: text()
    .optional()
    .describe("a command, with %s for the new file, that must succeed before it is put in place"),
  newline_sequence: z
    .enum(["\\n", "\\r", "\\r\\n", "\n", "\r", "\r\n"])
    .default("\n")
    .describe("what ends its lines"),
  trim_blocks: bool().default(true).describe("take the newline after a block away"),
  lstrip_blocks: bool().default(false).describe("take the white space before a block away"),
  block_start_string: mark("{%"),
  block_end_string: mark("%}"),
  variable_start_string: mark("{{"),
  variable_end_string: mark("}}"),
  comment_start_string: mark("{#"),
  comment_end_string: mark("#}"),
  follow: bool().default(false).describe("write to what a link leads to, instead of replacing the link"),
  output_encoding: z.literal("utf-8").default("utf-8").describe("UTF-8 only"),
});

/** Files made of templates. */
export const template = withFileFlags<z.infer<typeof Args>>({
  name: "template",
  summary: "Renders a template of the controller and puts the file on the machine.",
  args: Args,
  differs: [
    "A template that is imported sees the variables without `with context` too; macros know no varargs and kwargs.",
    "Line statements, which only a `#jinja2:` line could turn on, are not known.",
    "`ansible_managed` is always `Ansible managed`.",
  ],
  async run(args, context) {
    const source = await context.controller.find("templates", args.src);
    const file = { path: source, text: utf8(await context.controller.read(source), source) };
    const scope = context.scope.child(templateVariables(source, args.src, args.dest));
    const syntax = withSettings(ANSIBLE_SYNTAX, {
      ...args,
      newline_sequence: NEWLINES[args.newline_sequence],
    });
    const content = Buffer.from(renderFile(file, scope, { syntax }));
    const mode = args.mode === "preserve" ? await bitsOf(source) : args.mode;
    return placeContent({ ...args, mode, name: basename(source), content }, context);
  },
});

function utf8(bytes: Buffer, source: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ModuleFailure(`the template ${source} is not UTF-8`, { src: source });
  }
}

/** A file that cannot be looked at could not be read either; a test's need not be on the disk. */
const bitsOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ mode }) => mode & 0o7777,
    () => 0o644,
  );
