import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { script } from "../remote/script.js";
import { type FileStatus, lastLine, parseStatus } from "../remote/status.js";
import { PACK_LOOK_SCRIPT, PACK_SCRIPT } from "./pack-script.js";

export interface PackWanted {
  readonly path: readonly string[];
  readonly dest?: string | undefined;
  readonly format: string;
  readonly exclude_path: readonly string[];
  readonly exclusion_patterns: readonly string[];
  readonly force_archive: boolean;
}

/** What there is to be archived, and what is at the destination. */
export interface PackState {
  readonly dest: string;
  /** The directory that names in the archive begin from. */
  readonly root: string;
  readonly found: readonly string[];
  readonly without: readonly string[];
  readonly missing: readonly string[];
  /** How many paths are left to be archived. */
  readonly count: number;
  /** All that is, or shall be, in the archive, but for the directories that were named themselves. */
  readonly archived: readonly string[];
  /** A single file is compressed, without an archive. */
  readonly compress: boolean;
  /** The archive holds just that. */
  readonly same: boolean;
  readonly status: FileStatus | undefined;
}

const common = ({ dest = "", format, force_archive, path, exclude_path, exclusion_patterns }: PackWanted) => [
  ...[dest, format, force_archive ? "force" : ""],
  ...[path, exclude_path, exclusion_patterns].map((list) => list.join("\n")),
];

/** @throws ModuleFailure */
export async function lookAtPack(context: ModuleContext, wanted: PackWanted): Promise<PackState> {
  const command = script("archive-look", PACK_LOOK_SCRIPT, common(wanted), { readOnly: true });
  const { code, stdout, stderr } = await context.ask(command);
  if (code !== 0)
    throw new ModuleFailure(`cannot archive ${wanted.path.join(", ")}: ${lastLine(stderr, code)}`, {
      rc: code,
      stderr,
    });
  return parsePackState(stdout);
}

/** What the look script printed. */
export function parsePackState(stdout: string): PackState {
  const lines = stdout.split("\n");
  const all = (name: string) =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const dest = all("dest")[0] ?? "";
  return {
    dest,
    root: all("root")[0] ?? "",
    found: all("found"),
    without: all("without"),
    missing: all("missing"),
    count: Number(all("count")[0] ?? 0) || 0,
    archived: all("archived"),
    compress: all("compress").length > 0,
    same: all("same").length > 0,
    status: parseStatus(stdout, dest),
  };
}

export interface PackAction {
  readonly packs: boolean;
  readonly removes: boolean;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
  readonly mode?: number | undefined;
}

/** @returns the archive as it is then; undefined in a check @throws ModuleFailure */
export async function pack(
  context: ModuleContext,
  wanted: PackWanted,
  { packs, removes, owner = "", group = "", mode }: PackAction,
): Promise<FileStatus | undefined> {
  const flags = [packs ? "pack" : "", removes ? "remove" : ""];
  const args = [...common(wanted), ...flags, owner, group, mode?.toString(8) ?? ""];
  const { code, stdout, stderr } = await context.act(script("archive", PACK_SCRIPT, args));
  if (code !== 0)
    throw new ModuleFailure(`cannot archive ${wanted.path.join(", ")}: ${lastLine(stderr, code)}`, {
      rc: code,
      stderr,
    });
  return parseStatus(stdout, wanted.dest ?? "");
}
