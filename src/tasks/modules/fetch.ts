import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { pythonText } from "../../template/python.js";
import { readRemote } from "../remote/content.js";
import { bool, path } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  src: path().describe("a file of the machine"),
  dest: path().describe("where on the controller: DEST/HOST/SRC, or with flat as it is written"),
  flat: bool().default(false).describe("write to dest itself, or into it when it ends with a slash"),
  fail_on_missing: bool().default(true).describe("fail when there is no such file"),
  validate_checksum: bool().default(true).describe("accepted: it always is"),
});

/** Files of the machine on the controller. */
export const fetch: Module<z.infer<typeof Args>> = {
  name: "fetch",
  summary: "Fetches a file of the machine to the controller.",
  args: Args,
  differs: ["A file is read into memory."],
  async run({ src, dest, flat, fail_on_missing }, context) {
    const file = await readRemote(context, src);
    if (!file) {
      if (fail_on_missing) throw new ModuleFailure("the remote file does not exist", { file: src });
      return { changed: false, file: src, msg: "the remote file does not exist, not transferring, ignored" };
    }
    const to = destination(
      src,
      dest,
      flat,
      pythonText(context.scope.get("inventory_hostname")),
      context.controller.resolve(dest),
    );
    const checksum = createHash("sha1").update(file.content).digest("hex");
    const before = await readFile(to).catch(() => undefined);
    const changed = !before?.equals(file.content);
    if (changed && !context.check) {
      await mkdir(dirname(to), { recursive: true });
      await writeFile(to, file.content);
    }
    return { changed, dest: to, checksum, ...(changed ? { remote_checksum: checksum } : { file: src }) };
  },
};

/** What the machine is called cannot lead out of dest. */
function destination(src: string, dest: string, flat: boolean, host: string, resolved: string): string {
  if (flat) return dest.endsWith("/") ? join(resolved, basename(src)) : resolved;
  return join(resolved, host.replaceAll("/", "_"), src.replace(/^~?\//, "").replaceAll("../", ""));
}
