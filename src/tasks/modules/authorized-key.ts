import { z } from "zod";
import { lookAtAuthorizedFile, prepareDirectory } from "../keys/authorized-file.js";
import {
  type AuthorizedKey,
  editAuthorizedKeys,
  parseAuthorizedKey,
  splitOptions,
} from "../keys/authorized-keys.js";
import { bool, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";
import { attributeFields } from "../remote/attributes.js";
import { settleContent } from "../remote/content.js";

const Args = z.strictObject({
  user: text().describe("whose login it is about"),
  key: text().describe(
    "public keys, one a line; or a URL of such lines: http, https, or file of the machine",
  ),
  state: z.enum(["absent", "present"]).default("present").describe("whether the keys shall open the login"),
  exclusive: bool().default(false).describe("remove everything else from the file"),
  key_options: text().optional().describe("options for sshd to put before each key"),
  comment: text().optional().describe("what to write after each key, instead of its own comment"),
  path: path().optional().describe("the file; by default ~/.ssh/authorized_keys of the user"),
  manage_dir: bool().default(true).describe("make the file's directory the user's, and only the user's"),
  follow: bool()
    .default(false)
    .describe("write to what the file is a link to, instead of replacing the link"),
  validate_certs: bool().default(true).describe("refuse a server whose certificate is not in order"),
});
type KeyArgs = z.infer<typeof Args>;

/** Keys that open a user's login. */
export const authorizedKey: Module<KeyArgs> = {
  name: "authorized_key",
  summary: "Adds public keys to a user's authorized_keys, or removes them.",
  args: Args,
  differs: [
    "Lines of the file that need no change stay as they are, and a changed key stays at its place.",
    "In a check a user that is not there yet counts as a change, not as a failure.",
  ],
  async run(args, context) {
    if (/[:\r\n]/.test(args.user)) throw new ModuleFailure(`${JSON.stringify(args.user)} is no user's name`);
    const url = /^(?:https?|file):\/\//.test(args.key.trim()) ? args.key.trim() : undefined;
    const found = await lookAtAuthorizedFile(context, args.user, args.path, url, args.validate_certs);
    const keys = wantedKeys(found.key ?? args.key, args);
    const result = resultOf(args, found.path);
    if (!found.user && !context.check)
      throw new ModuleFailure(`Failed to lookup user ${args.user}: there is none`);
    if (found.path === "") return { changed: args.state === "present", ...result };
    const old = found.file?.content.toString("latin1") ?? "";
    const edited = editAuthorizedKeys(old, keys, args.state, args.exclusive);
    const told = (place: Readonly<Record<string, unknown>>) => (args.path === undefined ? {} : place);
    const now = found.file ? attributeFields(found.file.status) : {};
    if (edited === old) return { changed: false, ...result, ...told(now) };
    await prepareDirectory(context, found, { manage: args.manage_dir, follow: args.follow });
    const { diff, place } = await settleContent(context, {
      path: found.path,
      content: Buffer.from(edited, "latin1"),
      before: found.file,
      attributes: { owner: found.user?.uid, group: found.user?.gid, mode: 0o600 },
    });
    return { changed: true, ...result, ...told(place), ...(diff && { diff }) };
  },
};

function wantedKeys(text: string, { key_options, comment }: KeyArgs): AuthorizedKey[] {
  if (/[\r\n]/.test(`${key_options ?? ""}${comment ?? ""}`))
    throw new ModuleFailure("key_options and comment must be one line each");
  const lines = bytes(text)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !line.trim().startsWith("#"));
  return lines.map((line) => {
    const key = parseAuthorizedKey(line);
    if (!key) throw new ModuleFailure(`invalid key specified: ${line.slice(0, 200)}`);
    return {
      ...key,
      ...(key_options !== undefined && { options: splitOptions(bytes(key_options)) }),
      ...(comment !== undefined && { comment: bytes(comment) }),
    };
  });
}

/** A character a byte, as the file is edited: it may hold any. */
const bytes = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

const resultOf = (args: KeyArgs, keyfile: string) => ({
  user: args.user,
  key: args.key,
  keyfile: keyfile === "" ? null : keyfile,
  path: args.path ?? null,
  state: args.state,
  exclusive: args.exclusive,
  key_options: args.key_options ?? null,
  comment: args.comment ?? null,
  manage_dir: args.manage_dir,
  follow: args.follow,
  validate_certs: args.validate_certs,
});
