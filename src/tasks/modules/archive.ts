import { z } from "zod";
import { lookAtPack, type PackState, pack } from "../archives/pack.js";
import { bool, list, path } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleResult } from "../module/module.js";
import {
  attributeArgs,
  attributeChanges,
  attributeFields,
  resolveMode,
  settleAttributes,
} from "../remote/attributes.js";
import { withFileFlags } from "../remote/file-flags.js";

const Args = z.strictObject({
  path: list().describe("what to archive: files and directories of the machine, or globs of them"),
  dest: path()
    .optional()
    .describe("the archive; may be left out for a single file: its name with the format"),
  format: z
    .enum(["bz2", "gz", "tar", "xz", "zip"])
    .default("gz")
    .describe("how; but for zip it is a tar archive inside"),
  exclude_path: list().default([]).describe("paths and globs to take off the list that path gives"),
  exclusion_patterns: list().default([]).describe("patterns of names to leave out, wherever they are"),
  force_archive: bool()
    .default(false)
    .describe("make an archive of a single file too, instead of compressing it"),
  remove: bool().default(false).describe("remove what was archived"),
  ...attributeArgs,
});
type ArchiveArgs = z.infer<typeof Args>;

/** Files packed into an archive. */
export const archive = withFileFlags<ArchiveArgs>({
  name: "archive",
  summary:
    "Packs files into an archive, or compresses a single one, when the archive does not hold just them.",
  args: Args,
  differs: [
    "An archive is left alone when packing would give the same again; one made by another program may be made anew once.",
    "zip needs the program zip on the machine.",
    "When nothing is there to be archived, and no archive either, it fails.",
    "What exclusion_patterns leave out of directories is left out with all that is in it.",
  ],
  async run(args, context) {
    const state = await lookAtPack(context, args);
    const { packs, removes } = planPack(state, args);
    const { owner, group } = args;
    const mode =
      args.mode === undefined ? undefined : resolveMode(args.mode, state.status?.mode ?? 0o644, false);
    if (!packs && !removes) {
      const settled = state.status && (await settleAttributes(context, state.status, args));
      return { changed: settled?.changed ?? false, ...settled?.fields, ...about(state) };
    }
    const done = await pack(context, { ...args, dest: state.dest }, { packs, removes, owner, group, mode });
    const settled = !packs && done ? await settleAttributes(context, done, args) : undefined;
    const fields = done ?? state.status;
    return {
      changed: true,
      ...(settled?.fields ?? (fields ? attributeFields(fields, attributeChanges(fields, args)) : {})),
      ...about(state),
    };
  },
});

/** What is to be done. @throws ModuleFailure when there is nothing that could be */
export function planPack(
  { count, dest, same, status }: PackState,
  { path, remove }: ArchiveArgs,
): { packs: boolean; removes: boolean } {
  if (count === 0 && status) return { packs: false, removes: false };
  if (count === 0) throw new ModuleFailure(`Error, no source paths were found: ${path.join(", ")}`);
  if (dest === "")
    throw new ModuleFailure('Error, must specify "dest" when archiving multiple files or trees');
  if (status?.type === "directory") throw new ModuleFailure(`the destination ${dest} is a directory`);
  return { packs: !same, removes: remove };
}

function about(state: PackState): Omit<ModuleResult, "changed"> {
  const kind = state.missing.length > 0 ? "incomplete" : state.compress ? "compress" : "archive";
  return {
    dest: state.dest,
    dest_state: kind,
    arcroot: state.root,
    archived: state.archived,
    missing: state.missing,
    expanded_paths: [...state.found, ...state.missing],
    expanded_exclude_paths: state.without,
  };
}
