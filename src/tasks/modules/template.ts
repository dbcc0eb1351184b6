import { stat } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { basename } from "node:path";
import { z } from "zod";
import { evaluateText } from "../../template/evaluate.js";
import { templateOr } from "../../template/template.js";
import { attributeArgs } from "../remote/attributes.js";
import { placeContent } from "../remote/place-content.js";
import { headerOf, usualForm } from "../remote/template-source.js";
import { bool, mode, path, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
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
  variable_start_string: text().default("{{").describe("what begins an expression"),
  variable_end_string: text().default("}}").describe("what ends it"),
  block_start_string: text().default("{%").describe("what begins a statement"),
  block_end_string: text().default("%}").describe("what ends it"),
  comment_start_string: text().default("{#").describe("what begins a comment"),
  comment_end_string: text().default("#}").describe("what ends it"),
  follow: bool().default(false).describe("write to what a link leads to, instead of replacing the link"),
  output_encoding: z.literal("utf-8").default("utf-8").describe("UTF-8 only"),
  unsafe_writes: bool().optional().describe("accepted: files are always replaced whole"),
});

/** Files made of templates. */
export const template: Module<z.infer<typeof Args>> = {
  name: "template",
  summary: "Renders a template of the controller and puts the file on the machine.",
  args: Args,
  differs: [
    "Templates cannot include or extend others.",
    "`ansible_managed` is always `Ansible managed`; SELinux contexts and file attributes (chattr) are not set.",
  ],
  async run(args, context) {
    const source = await context.controller.find("templates", args.src);
    const written = utf8(await context.controller.read(source), source).replace(/\r\n?/g, "\n");
    const { text, form } = headerOf(written);
    const usual = usualForm(text, { ...args, ...form });
    const { variables, bits } = await aboutTemplate(args.src, source, args.dest, context.clock.now());
    const scope = context.scope.child(variables);
    const line = text === written ? 1 : 2;
    const rendered = evaluateText(templateOr(usual, { file: source, line, column: 1 }), scope);
    const content = Buffer.from(rendered.replaceAll("\n", NEWLINES[args.newline_sequence]));
    const name = basename(source);
    const wanted = { ...args, mode: args.mode === "preserve" ? bits : args.mode };
    return placeContent({ ...wanted, name, content }, context);
  },
};

function utf8(bytes: Buffer, source: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ModuleFailure(`the template ${source} is not UTF-8`, { src: source });
  }
}

/** What a template may tell of itself, and its permission bits. */
async function aboutTemplate(
  src: string,
  source: string,
  dest: string,
  now: number,
): Promise<{ variables: Record<string, unknown>; bits: number }> {
  // A file that cannot be looked at could not be read either; a test's need not be on the disk.
  const status = await stat(source).catch(() => undefined);
  const user = userInfo();
  const owner = status === undefined || status.uid === user.uid ? user.username : String(status.uid);
  return {
    bits: (status?.mode ?? 0o644) & 0o7777,
    variables: {
      ansible_managed: "Ansible managed",
      template_host: hostname(),
      template_uid: owner,
      template_path: src,
      template_fullpath: source,
      template_destpath: dest,
      template_mtime: clockText(status?.mtimeMs ?? now),
      template_run_date: clockText(now),
    },
  };
}

/** As Python writes a time. */
const clockText = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace("T", " ");
