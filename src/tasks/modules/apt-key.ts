import { createHash } from "node:crypto";
import { z } from "zod";
import { readRemote, settleContent } from "../remote/content.js";
import { path, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  data: text().optional().describe("the armored key"),
  file: path().optional().describe("a file on the machine that holds it"),
  id: text().optional().describe("what the key is called: its file's name"),
  keyring: path().optional().describe("the file that holds it, ending with .asc for an armored key"),
  state: z.enum(["present", "absent"]).default("present").describe("whether apt trusts it"),
});

/** Keys that apt trusts. */
export const aptKey: Module<z.infer<typeof Args>> = {
  name: "apt_key",
  summary: "Sees to a key that apt trusts, as a file in trusted.gpg.d.",
  args: Args,
  differs: [
    "The key is a file of its own in trusted.gpg.d, named after `id`; the old common keyring is not touched.",
    "`url` and `keyserver` are not there: fetch the key with get_url. Better still is deb822_repository with signed_by.",
  ],
  async run({ data, file, id, keyring, state }, context) {
    const given = data ?? (file === undefined ? undefined : (await readRemote(context, file))?.content);
    const dest = keyring ?? keyFile(id, given);
    const before = await readRemote(context, dest);
    if (state === "absent") {
      if (before) {
        const { code, stderr } = await context.act({ argv: ["rm", "-f", "--", dest] });
        if (code !== 0) throw new ModuleFailure(`cannot remove ${dest}: ${stderr.trim()}`);
      }
      return { changed: before !== undefined, id: id ?? null };
    }
    if (given === undefined) throw new ModuleFailure("apt_key needs data or file");
    const content = Buffer.from(given);
    const settled = await settleContent(context, {
      path: dest,
      content,
      before,
      attributes: { mode: "0644" },
    });
    return { changed: settled.changed, id: id ?? null, keyring: dest };
  },
};

function keyFile(id: string | undefined, key: string | Buffer | undefined): string {
  if (id === undefined && key === undefined) throw new ModuleFailure("apt_key needs id, data or file");
  const name =
    id ??
    createHash("sha256")
      .update(key ?? "")
      .digest("hex")
      .slice(0, 16);
  if (!/^[\w.-]+$/.test(name)) throw new ModuleFailure(`'${name}' cannot be the name of a key`);
  return `/etc/apt/trusted.gpg.d/${name}.asc`;
}
