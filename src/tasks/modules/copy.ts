import { z } from "zod";
import { jsonDump } from "../../template/filters/encoding.js";
import { pythonText } from "../../template/python.js";
import { bool, mode, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import { attributeArgs } from "../remote/attributes.js";
import { copyOnMachine } from "../remote/copy-on-machine.js";
import { copyTree } from "../remote/copy-tree.js";
import { withFileFlags } from "../remote/file-flags.js";
import { placeContent } from "../remote/place-content.js";

const Args = z.strictObject({
  src: path()
    .optional()
    .describe("a file or directory of the controller; with a slash at its end, what is in the directory"),
  content: z
    .unknown()
    .optional()
    .describe("what the file shall hold, instead of src; a mapping or list becomes JSON"),
  dest: path().describe("where on the machine"),
  ...attributeArgs,
  mode: mode()
    .optional()
    .describe("permission bits: octal (a quoted text), symbolic, or `preserve` for those of src"),
  directory_mode: mode().optional().describe("permission bits of directories that are made"),
  backup: bool().default(false).describe("keep the old file beside the new one"),
  force: bool().default(true).describe("replace a file that differs"),
  remote_src: bool().default(false).describe("src is on the machine already"),
  validate: text()
    .optional()
    .describe("a command, with %s for the new file, that must succeed before it is put in place"),
  follow: bool().default(false).describe("write to what a link leads to, instead of replacing the link"),
  local_follow: bool()
    .default(true)
    .describe("copy what a link of the controller's directory leads to, instead of the link"),
  decrypt: bool().default(true).describe("files of ansible-vault are decrypted"),
  checksum: text().optional().describe("the SHA-1 that the file must have"),
});

/** Files of the controller on the machine. */
export const copy = withFileFlags<z.infer<typeof Args>>({
  name: "copy",
  summary: "Copies files and directories of the controller, or given content, to the machine.",
  args: Args,
  differs: [
    "Directories that are there already keep their owner, group and mode.",
    "With remote_src, links in a directory stay links, and no `md5sum` is told.",
    "`md5sum` of more than 64 MiB is null.",
  ],
  async run(args, context) {
    const { src, content } = args;
    if (src === undefined && content === undefined) throw new ModuleFailure("src (or content) is required");
    if (src !== undefined && content !== undefined)
      throw new ModuleFailure("src and content are mutually exclusive");
    if (src === undefined) {
      if (args.mode === "preserve")
        throw new ModuleFailure("mode: preserve needs src, there is only content");
      return placeContent({ ...args, name: undefined, content: bytesOf(content) }, context);
    }
    return args.remote_src ? copyOnMachine({ ...args, src }, context) : copyTree({ ...args, src }, context);
  },
});

function bytesOf(content: unknown): Buffer {
  if (typeof content === "string") return Buffer.from(content);
  return Buffer.from(typeof content === "object" ? jsonDump(content) : pythonText(content));
}
