import { ModuleFailure } from "../module/failure.js";
import { type Attributes, resolveMode } from "./attributes.js";
import type { Link } from "./links.js";
import type { SourceEntry } from "./source-tree.js";
import type { FileStatus } from "./status.js";
import type { Place } from "./statuses.js";

/** Something to be copied, and what stands where it shall be. */
export interface Candidate {
  readonly entry: SourceEntry;
  readonly dest: string;
  readonly place: Place;
  /** Of a file; undefined: what stands there is another one. */
  readonly checksum?: string | undefined;
  readonly bytes?: number | undefined;
  readonly mode?: number | undefined;
}

/** A file that differs, with all that its new form needs to be known for. */
export interface FileToWrite {
  readonly source: string;
  readonly dest: string;
  readonly bytes: number;
  readonly owner: string;
  readonly group: string;
  readonly mode: number;
  readonly before: FileStatus | undefined;
}

export interface CopyPlan {
  readonly directories: readonly string[];
  readonly links: readonly Link[];
  readonly writes: readonly FileToWrite[];
  /** Files that are right, but for owner, group and mode perhaps. */
  readonly settle: readonly (readonly [FileStatus, Attributes])[];
}

type Wanted = Attributes & { readonly force: boolean };

type Growing = { [Key in keyof CopyPlan]: CopyPlan[Key][number][] };

/** What has to be done for a tree to be as it shall. Directories that are there stay as they are. @throws ModuleFailure where something else is in the way */
export function planCopy(candidates: readonly Candidate[], wanted: Wanted): CopyPlan {
  const plan: Growing = { directories: [], links: [], writes: [], settle: [] };
  const planOf = { directory: planDirectory, link: planLink, file: planFile };
  for (const candidate of candidates) planOf[candidate.entry.type](candidate, wanted, plan);
  return plan;
}

function planDirectory({ dest, place }: Candidate, _wanted: Wanted, plan: Growing): void {
  if (place.status?.type === "directory") return;
  if (place.status || place.isLink) throw inTheWay(dest, "is no directory");
  plan.directories.push(dest);
}

function planLink({ entry, dest, place }: Candidate, { force }: Wanted, plan: Growing): void {
  const isThere = place.status !== undefined || place.isLink;
  if (force || !isThere) plan.links.push({ path: dest, target: entry.target ?? "" });
}

function planFile(candidate: Candidate, wanted: Wanted, plan: Growing): void {
  const { dest, place } = candidate;
  if (place.status?.type === "directory") throw inTheWay(dest, "is a directory");
  if (place.status && !wanted.force) return;
  const attributes = { ...wanted, mode: wanted.mode === "preserve" ? candidate.mode : wanted.mode };
  const isSame =
    candidate.checksum !== undefined && place.status?.checksum === candidate.checksum && !place.isLink;
  if (place.status && isSame) plan.settle.push([place.status, attributes]);
  else plan.writes.push(fileToWrite(candidate, attributes));
}

const inTheWay = (dest: string, what: string): ModuleFailure =>
  new ModuleFailure(`${dest} ${what}`, { dest });

function fileToWrite({ entry, dest, place, bytes = 0 }: Candidate, attributes: Attributes): FileToWrite {
  const before = place.status;
  const present = before?.mode ?? 0o644;
  return {
    source: entry.path,
    dest,
    bytes,
    owner: attributes.owner ?? (before ? String(before.uid) : ""),
    group: attributes.group ?? (before ? String(before.gid) : ""),
    mode: attributes.mode === undefined ? present : resolveMode(attributes.mode, present, false),
    before,
  };
}
