import { randomBytes } from "node:crypto";
import { z } from "zod";
import { editKnownHosts } from "../keys/known-hosts-edit.js";
import { bool, path, text } from "../module/arguments.js";
import type { Module } from "../module/module.js";
import { attributeFields } from "../remote/attributes.js";
import { readRemote, settleContent } from "../remote/content.js";

const Args = z.strictObject({
  name: text().describe("the host; `[host]:port` for another port than 22"),
  key: text()
    .optional()
    .describe("lines `HOST TYPE KEY`, as ssh-keyscan prints them; absent without it: all of the host's"),
  path: path().default("~/.ssh/known_hosts").describe("the file; its directory must be there"),
  state: z.enum(["absent", "present"]).default("present").describe("whether the key shall be known"),
  hash_host: bool().default(false).describe("write the host's name as a hash"),
});

const SALT_BYTES = 20;

/** Host keys that ssh trusts. */
export const knownHosts: Module<z.infer<typeof Args>> = {
  name: "known_hosts",
  summary: "Adds host keys to a known_hosts file, or removes them; no program is needed for it.",
  args: Args,
  aliases: { host: "name" },
  differs: [
    "`key` may have several lines.",
    "`state: absent` with a key removes only that key, not another of the same type.",
  ],
  async run(args, context) {
    const before = await readRemote(context, args.path);
    const old = before?.content.toString("latin1") ?? "";
    const salt = args.hash_host ? () => randomBytes(SALT_BYTES) : undefined;
    const content = editKnownHosts(old, { ...args, key: args.key && bytes(args.key), salt });
    const result = {
      name: args.name,
      key: args.key ?? null,
      path: args.path,
      state: args.state,
      hash_host: args.hash_host,
    };
    if (content === old)
      return { changed: false, ...result, ...(before ? attributeFields(before.status) : {}) };
    const wanted = { path: args.path, content: Buffer.from(content, "latin1"), before, attributes: {} };
    const { changed, place, diff } = await settleContent(context, wanted);
    return { changed, ...result, ...place, ...(diff && { diff }) };
  },
};

/** A character a byte, as the file is edited: it may hold any. */
const bytes = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
