import { z } from "zod";
import { attributeArgs, settleAttributes } from "../remote/attributes.js";
import { makeDirectory, settleTree } from "../remote/directory.js";
import { linkFile } from "../remote/link.js";
import { script } from "../remote/script.js";
import { type FileStatus, fileStatus, lastLine } from "../remote/status.js";
import { bool, path, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module, ModuleContext, ModuleResult } from "./module.js";

const Args = z.strictObject({
  path: path().describe("what it is about"),
  state: z
    .enum(["absent", "directory", "file", "hard", "link", "touch"])
    .optional()
    .describe("what shall stand there; file changes attributes only; by default attributes of what is there"),
  ...attributeArgs,
  src: path().optional().describe("what a link leads to"),
  force: bool().default(false).describe("make a link that leads nowhere, or in place of a file"),
  recurse: bool().default(false).describe("give the attributes to all that is in the directory"),
  follow: bool().default(true).describe("work on what a link leads to"),
  access_time: text().optional().describe("of touch: preserve leaves it"),
  modification_time: text().optional().describe("of touch: preserve leaves it"),
});
type FileArgs = z.infer<typeof Args>;

/** Files, directories and links with their attributes. */
export const file: Module<FileArgs> = {
  name: "file",
  summary: "Sees to files, directories and links, their owner, group and mode.",
  args: Args,
  aliases: { dest: "path", name: "path" },
  differs: [
    "Of access_time and modification_time only `preserve` and `now` are known; SELinux and attributes are not set.",
  ],
  async run(args, context) {
    const links = args.state === "link" || args.state === "hard" || args.state === "absent";
    const found = await fileStatus(context, args.path, { follow: args.follow && !links });
    const otherwise = args.recurse || found?.type === "directory" ? "directory" : "file";
    return STATES[args.state ?? otherwise](args, found, context);
  },
};

type Work = (args: FileArgs, found: FileStatus | undefined, context: ModuleContext) => Promise<ModuleResult>;

const STATES: Readonly<Record<NonNullable<FileArgs["state"]>, Work>> = {
  absent,
  directory,
  file: existing,
  hard: (args, found, context) => linkFile("hard", args, found, context),
  link: (args, found, context) => linkFile("link", args, found, context),
  touch,
};

async function absent(
  { path: of }: FileArgs,
  found: FileStatus | undefined,
  context: ModuleContext,
): Promise<ModuleResult> {
  if (!found) return { changed: false, path: of, state: "absent" };
  await must(context, "remove", of, ["rm", "-rf", "--", of]);
  return { changed: true, path: of, state: "absent", ...diffOf(context, of, found.type, "absent") };
}

async function existing(
  args: FileArgs,
  found: FileStatus | undefined,
  context: ModuleContext,
): Promise<ModuleResult> {
  if (!found)
    throw new ModuleFailure(`file (${args.path}) is absent, cannot continue`, {
      path: args.path,
      state: "absent",
    });
  if (found.type === "directory")
    throw new ModuleFailure(`file (${args.path}) is directory, cannot continue`, {
      path: args.path,
      state: "directory",
    });
  const { changed, fields } = await settleAttributes(context, found, args);
  return { changed, path: args.path, ...fields };
}

async function directory(
  args: FileArgs,
  found: FileStatus | undefined,
  context: ModuleContext,
): Promise<ModuleResult> {
  if (found && found.type !== "directory")
    throw new ModuleFailure(`${args.path} already exists as a ${found.type}`, { path: args.path });
  if (!found) return makeDirectory(args.path, args, context);
  const { changed, fields } = await settleAttributes(context, found, args);
  const tree = args.recurse ? await settleTree(args.path, args, context) : false;
  return { changed: changed || tree, path: args.path, ...fields };
}

async function touch(
  args: FileArgs,
  found: FileStatus | undefined,
  context: ModuleContext,
): Promise<ModuleResult> {
  const keeps = args.access_time === "preserve" && args.modification_time === "preserve";
  if (found && keeps) {
    const { changed, fields } = await settleAttributes(context, found, args);
    return { changed, dest: args.path, ...fields };
  }
  const only = args.access_time === "preserve" ? ["-m"] : args.modification_time === "preserve" ? ["-a"] : [];
  await must(context, "touch", args.path, ["touch", ...(found ? only : []), "--", args.path]);
  const after = context.check ? found : await fileStatus(context, args.path, { follow: args.follow });
  const fields = after ? (await settleAttributes(context, after, args)).fields : {};
  return { changed: true, dest: args.path, ...fields };
}

async function must(
  context: ModuleContext,
  what: string,
  of: string,
  argv: readonly [string, ...string[]],
): Promise<void> {
  const { code, stderr } = await context.act(of.startsWith("~/") ? tilde(what, argv) : { argv });
  if (code !== 0) throw new ModuleFailure(`cannot ${what} ${of}: ${lastLine(stderr, code)}`, { path: of });
}

/** The last argument is a path of the home directory. */
const tilde = (what: string, argv: readonly string[]) =>
  script(what, 'home=$1; shift; "$@" "$HOME/$home"', [(argv.at(-1) ?? "").slice(2), ...argv.slice(0, -1)]);

const diffOf = ({ diff }: ModuleContext, of: string, before: string, after: string) =>
  diff ? { diff: { before: `${of}: ${before}\n`, after: `${of}: ${after}\n` } } : {};
