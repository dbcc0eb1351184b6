import { z } from "zod";
import { bool, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext, ModuleResult } from "../module/module.js";
import { attributeArgs, attributeChanges, settleAllAttributes } from "../remote/attributes.js";
import { attributesDiff } from "../remote/attributes-diff.js";
import { makeDirectory } from "../remote/directory.js";
import { withFileFlags } from "../remote/file-flags.js";
import { HOME } from "../remote/home.js";
import { linkFile } from "../remote/link.js";
import { script } from "../remote/script.js";
import { type FileStatus, fileStatus, lastLine } from "../remote/status.js";
import { type WantedTimes, wantedTime } from "../remote/times.js";
import { makeFile, settleFile } from "../remote/touch.js";
import { walk } from "../remote/walk.js";

const TIME_FORMAT = "%Y%m%d%H%M.%S";

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
  access_time: text().optional().describe("`preserve`, `now`, or a time; touch by default sets it to now"),
  access_time_format: text().default(TIME_FORMAT).describe("how access_time is written, as for strptime"),
  modification_time: text()
    .optional()
    .describe("`preserve`, `now`, or a time; touch by default sets it to now"),
  modification_time_format: text()
    .default(TIME_FORMAT)
    .describe("how modification_time is written, as for strptime"),
});
type FileArgs = z.infer<typeof Args>;

/** Files, directories and links with their attributes. */
export const file = withFileFlags<FileArgs>({
  name: "file",
  summary: "Sees to files, directories and links, their owner, group and mode.",
  args: Args,
  aliases: { dest: "path", name: "path" },
  differs: [
    "With recurse, links get the owner and group themselves: what they lead to is left alone. Times are set of the path only.",
  ],
  async run(given, context) {
    const args = { ...given, path: given.path.replace(/(?<=[^~/])\/+$/, "") };
    const { state, recurse, src } = args;
    const isLink = state === "link" || state === "hard";
    if (recurse && state !== undefined && state !== "directory") throw refused(args, RECURSE);
    if (src !== undefined && !isLink) throw refused(args, "src option requires state to be 'link' or 'hard'");
    // Without a state it stays what it is: a link a link, whose attributes are those of what it leads to.
    const follow = args.follow && !isLink && state !== "absent" && state !== undefined;
    const found = await fileStatus(context, args.path, { follow });
    const otherwise =
      found?.type === "directory" || (recurse && !found)
        ? "directory"
        : found?.type === "link"
          ? "link"
          : "file";
    if (recurse && state === undefined && otherwise !== "directory") throw refused(args, RECURSE);
    return STATES[state ?? otherwise](args, found, context);
  },
});

const RECURSE = "recurse option requires state to be 'directory'";

const refused = ({ path: of }: FileArgs, why: string): ModuleFailure => new ModuleFailure(why, { path: of });

type Work = (args: FileArgs, found: FileStatus | undefined, context: ModuleContext) => Promise<ModuleResult>;

const STATES: Readonly<Record<NonNullable<FileArgs["state"]>, Work>> = {
  absent,
  directory,
  file: existing,
  hard: (args, found, context) => linkFile("hard", args, found, context),
  link: (args, found, context) => linkFile("link", args, found, context),
  touch,
};

const REMOVE = `${HOME}
exec rm -rf -- "$1"`;

async function absent(
  { path: of }: FileArgs,
  found: FileStatus | undefined,
  context: ModuleContext,
): Promise<ModuleResult> {
  if (!found) return { changed: false, path: of, state: "absent" };
  if (/^[/.]*$/.test(of)) throw new ModuleFailure(`refusing to remove '${of}'`, { path: of });
  const { code, stderr } = await context.act(script("remove", REMOVE, [of]));
  if (code !== 0) throw new ModuleFailure(`cannot remove ${of}: ${lastLine(stderr, code)}`, { path: of });
  const diff = context.diff
    ? { diff: { before: `${of}: ${found.type}\n`, after: `${of}: absent\n` } }
    : undefined;
  return { changed: true, path: of, state: "absent", ...diff };
}

async function existing(
  args: FileArgs,
  found: FileStatus | undefined,
  context: ModuleContext,
): Promise<ModuleResult> {
  const state = found?.type ?? "absent";
  if (!found || state === "directory" || state === "link")
    throw new ModuleFailure(`file (${args.path}) is ${state}, cannot continue`, { path: args.path, state });
  const { changed, fields } = await settleFile(context, found, args, timesOf(args, "preserve"));
  // With another name of the same file it is a hard link, of which no source is known.
  const isHard = args.state === undefined && found.nlink > 1;
  const where = isHard ? { dest: args.path, src: null } : { path: args.path };
  return { changed, ...where, ...fields, ...attributesDiff(context, found, args) };
}

async function directory(
  args: FileArgs,
  found: FileStatus | undefined,
  context: ModuleContext,
): Promise<ModuleResult> {
  if (found && found.type !== "directory")
    throw new ModuleFailure(`${args.path} already exists as a ${found.type}`, { path: args.path });
  if (!found) return makeDirectory(args.path, args, context);
  const { changed, fields } = await settleFile(context, found, args, timesOf(args, "preserve"));
  const below = args.recurse && (await settleBelow(args, context));
  return { changed: changed || below, path: args.path, ...fields, ...attributesDiff(context, found, args) };
}

/** Gives all that is in a directory the attributes. */
async function settleBelow(args: FileArgs, context: ModuleContext): Promise<boolean> {
  const { entries, skipped } = await walk(context, [args.path]);
  const why = skipped.get(args.path);
  if (why !== undefined) throw refused(args, `cannot look into ${args.path}: ${why}`);
  const wanted = entries.filter((each) => attributeChanges(each, args));
  return settleAllAttributes(
    context,
    wanted.map((each) => [each, args]),
  );
}

async function touch(
  args: FileArgs,
  found: FileStatus | undefined,
  context: ModuleContext,
): Promise<ModuleResult> {
  const times = timesOf(args, "now");
  const { changed, fields } = found
    ? await settleFile(context, found, args, times)
    : await makeFile(context, args.path, args, times);
  return { changed, dest: args.path, ...fields };
}

const timesOf = (args: FileArgs, otherwise: "preserve" | "now"): WantedTimes => ({
  access: wantedTime(args.access_time ?? otherwise, args.access_time_format),
  modification: wantedTime(args.modification_time ?? otherwise, args.modification_time_format),
});
