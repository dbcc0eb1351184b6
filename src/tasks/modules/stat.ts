import { z } from "zod";
import { bool, path } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";
import { script } from "../remote/script.js";
import { statFields } from "../remote/stat-fields.js";
import { moreStatFields, STAT } from "../remote/stat-more.js";
import { lastLine, parseStatus } from "../remote/status.js";

const Args = z.strictObject({
  path: path().describe("what to look at"),
  follow: bool().default(false).describe("what a link leads to, instead of the link"),
  get_checksum: bool().default(true).describe("compute the checksum of a file"),
  checksum_algorithm: z
    .enum(["md5", "sha1", "sha224", "sha256", "sha384", "sha512"])
    .default("sha1")
    .describe("how"),
  get_mime: bool().default(true).describe("tell the kind of content, where the machine has `file`"),
  get_attributes: bool()
    .default(true)
    .describe("tell the file system's flags, where the machine has `lsattr`"),
});

/** Tells what stands at a path. */
export const stat: Module<z.infer<typeof Args>> = {
  name: "stat",
  summary: "Tells what stands at a path: `stat.exists`, `stat.mode`, `stat.checksum` ...",
  args: Args,
  aliases: {
    dest: "path",
    name: "path",
    checksum: "checksum_algorithm",
    checksum_algo: "checksum_algorithm",
    mime: "get_mime",
    mime_type: "get_mime",
    "mime-type": "get_mime",
    attr: "get_attributes",
    attributes: "get_attributes",
  },
  differs: ["Times are whole seconds.", "busybox has no sha224 and sha384."],
  async run(args, context) {
    const wants = { mime: args.get_mime, attributes: args.get_attributes };
    const words = [
      args.follow ? "-L" : "",
      args.get_checksum ? args.checksum_algorithm : "",
      wants.mime ? "mime" : "",
      wants.attributes ? "attributes" : "",
      args.path,
    ];
    const { code, stdout, stderr } = await context.ask({ ...script("stat", STAT, words), readOnly: true });
    if (code !== 0) throw new ModuleFailure(`cannot look at ${args.path}: ${lastLine(stderr, code)}`);
    const status = parseStatus(stdout.split("\0", 1)[0] ?? "", args.path);
    if (!status) return { changed: false, stat: { exists: false } };
    const { target, checksum } = status;
    return {
      changed: false,
      stat: {
        exists: true,
        ...statFields(status),
        ...moreStatFields(stdout, wants),
        ...(target !== undefined && { lnk_target: target }),
        ...(checksum !== undefined && { checksum }),
      },
    };
  },
};
