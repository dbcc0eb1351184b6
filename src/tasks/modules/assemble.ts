import { z } from "zod";
import { bool, path, text } from "../module/arguments.js";
import type { ModuleContext } from "../module/module.js";
import { attributeArgs } from "../remote/attributes.js";
import { withFileFlags } from "../remote/file-flags.js";
import { fragmentsOfController, fragmentsOnMachine } from "../remote/fragments.js";
import { placeContent } from "../remote/place-content.js";
import { digestsOf } from "../remote/source-file.js";
import { joinFragments } from "../text-edit/fragments.js";
import { patternOf } from "../text-edit/python-pattern.js";

const Args = z.strictObject({
  src: path().describe("the directory of the files"),
  dest: path().describe("the file that they make"),
  ...attributeArgs,
  backup: bool().default(false).describe("keep the old file beside the new one"),
  decrypt: bool().default(true).describe("files of ansible-vault are decrypted; of the controller's only"),
  delimiter: text()
    .optional()
    .describe("a line between the files; escapes of Python's such as `\\n` are known"),
  ignore_hidden: bool().default(false).describe("leave out files whose names begin with a dot"),
  regexp: text()
    .optional()
    .describe("only files in whose names this is found: a regular expression of Python's"),
  remote_src: bool().default(true).describe("src is on the machine; otherwise on the controller"),
  validate: text()
    .optional()
    .describe("a command, with %s for the new file, that must succeed before it is put in place"),
});
type AssembleArgs = z.infer<typeof Args>;

/** A file of many. */
export const assemble = withFileFlags<AssembleArgs>({
  name: "assemble",
  summary: "Puts the files of a directory together to one, in the order of their names.",
  args: Args,
  differs: [
    "A check tells what would change; Ansible's skips the task.",
    "The files together may have 12 MiB; what `validate` says is told only when it fails.",
  ],
  async run(args, context) {
    const { src, dest, remote_src } = args;
    const content = joinFragments(await fragments(args, context), args.delimiter);
    const wanted = { ...args, content, name: undefined, force: true, follow: false };
    const { path: _path, ...result } = await placeContent(wanted, context);
    return { ...result, ...digestsOf(content), ...(remote_src && { src, dest, msg: "OK" }) };
  },
});

function fragments(args: AssembleArgs, context: ModuleContext): Promise<Buffer[]> {
  const { src, regexp, ignore_hidden, decrypt, remote_src } = args;
  const pattern = regexp === undefined ? undefined : patternOf(regexp);
  const isWanted = (name: string) =>
    (pattern?.test(name) ?? true) && !(ignore_hidden && name.startsWith("."));
  return remote_src
    ? fragmentsOnMachine(context, src, isWanted)
    : fragmentsOfController(context, src, decrypt, isWanted);
}
