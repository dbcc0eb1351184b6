import { z } from "zod";
import { bool, int, list, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";
import { type SyncOptions, withRsyncOptions } from "../sync/options.js";
import { pullTree, pushTree } from "../sync/transfer.js";

const Args = z.strictObject({
  src: path().describe("what to copy; with a slash at its end, what is in it"),
  dest: path().describe("where to"),
  mode: z
    .enum(["pull", "push"])
    .default("push")
    .describe("push: from the controller to the machine; pull: back"),
  archive: bool().default(true).describe("the default of recursive, links, perms, times, owner and group"),
  recursive: bool().optional().describe("directories with what is in them"),
  links: bool().optional().describe("symbolic links as links"),
  copy_links: bool().default(false).describe("what links lead to, instead of the links"),
  perms: bool().optional().describe("keep permission bits"),
  times: bool()
    .optional()
    .describe("keep the times of files; without them a file of the same size counts as the same"),
  owner: bool().optional().describe("keep owners, where root writes"),
  group: bool().optional().describe("keep groups, where root writes"),
  delete: bool().default(false).describe("remove what the source does not have"),
  checksum: bool().default(false).describe("compare contents, not sizes and times"),
  existing_only: bool().default(false).describe("make nothing that is not there"),
  rsync_opts: list().default([]).describe("--exclude, --include, --chown and some more of rsync's options"),
  compress: bool().default(true).describe("accepted: it changes no result"),
  dirs: bool().default(false).describe("directories without what is in them: refused, but with recursive"),
  partial: bool().default(false).describe("accepted: a file is put in place when it is whole"),
  delay_updates: bool().default(true).describe("accepted: it changes no result"),
  dest_port: int().optional().describe("accepted: farm's own connection is used, and no rsync"),
  private_key: text().optional().describe("accepted: likewise"),
  rsync_path: text().optional().describe("accepted: likewise"),
  rsync_timeout: int().default(0).describe("accepted: likewise"),
  set_remote_user: bool().default(true).describe("accepted: likewise"),
  ssh_connection_multiplexing: bool().default(false).describe("accepted: likewise"),
  use_ssh_args: bool().default(false).describe("accepted: likewise"),
  verify_host: bool().default(false).describe("accepted: likewise"),
});
type SynchronizeArgs = z.infer<typeof Args>;

/** Trees of files, here and there. */
export const synchronize: Module<SynchronizeArgs> = {
  name: "synchronize",
  summary:
    "Copies a tree of files between the controller and the machine, what is new of it, over farm's own connection.",
  args: Args,
  refuses: {
    link_dest: "there is no rsync on either side, and hard links are not made",
  },
  differs: [
    "There is no rsync on either side: sizes and times are compared, and what differs is sent whole, as a tar archive to the machine, in pieces from it.",
    "src is always on the controller, or with `mode: pull` on the machine: `delegate_to` does not make another machine the source.",
    "Owners are kept by number, not by name. Times of directories are not kept; hard links, devices and sockets are not copied.",
    "Of rsync_opts those that filter, --chown and some switches are known; others are refused.",
    "A directory that stands where a file shall be is removed only with `delete`.",
  ],
  async run(args, context) {
    const options = optionsOf(args);
    if (args.dirs && !options.recursive)
      throw new ModuleFailure(
        "synchronize cannot copy directories without what is in them: make them by file",
      );
    const { src, dest } = args;
    const named = [options.owner, options.group].some(
      (each) => typeof each === "string" && !/^\d+$/.test(each),
    );
    if (args.mode === "pull" && named) throw new ModuleFailure("with mode pull, --chown needs numbers");
    const plan =
      args.mode === "push"
        ? await pushTree(context, slashed(await context.controller.find("files", src), src), dest, options)
        : await pullTree(context, src, slashed(context.controller.resolve(dest), dest), options);
    const { told } = plan;
    const lines = told.map((line) => `${line}\n`).join("");
    return {
      changed: told.length > 0,
      rc: 0,
      msg: lines,
      stdout: lines.trimEnd(),
      stdout_lines: told,
      ...(context.diff && told.length > 0 && { diff: { before: "", after: lines } }),
    };
  },
};

/** The slash at the end means something. */
const slashed = (found: string, written: string): string =>
  written.endsWith("/") && !found.endsWith("/") ? `${found}/` : found;

function optionsOf(args: SynchronizeArgs): SyncOptions {
  const { archive } = args;
  const options: SyncOptions = {
    recursive: args.recursive ?? archive,
    links: args.links ?? archive,
    copyLinks: args.copy_links,
    perms: args.perms ?? archive,
    times: args.times ?? archive,
    owner: args.owner ?? archive,
    group: args.group ?? archive,
    checksum: args.checksum,
    existingOnly: args.existing_only,
    ignoreExisting: false,
    update: false,
    delete: args.delete,
    rules: [],
  };
  return withRsyncOptions(options, args.rsync_opts);
}
