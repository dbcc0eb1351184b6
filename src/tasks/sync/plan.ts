import { isExcluded } from "./filter.js";
import type { SyncOptions } from "./options.js";
import { parentsOf, type TreeEntry } from "./tree.js";

/** What is to be set at an entry that stays. */
export interface EntryChange {
  readonly name: string;
  readonly mode?: number;
  readonly mtime?: number;
  /** `OWNER:GROUP`, either may be empty. */
  readonly owner?: string;
}

/** What brings a tree to be like another. */
export interface SyncPlan {
  /** To be made anew, or over what is there; a directory before what is in it. */
  readonly send: readonly TreeEntry[];
  /** To be removed before, with all that is in it. */
  readonly remove: readonly string[];
  readonly set: readonly EntryChange[];
  /** What happens, in rsync's words: `<f+++++++++ name`. */
  readonly told: readonly string[];
  /** Directories that stand where something else shall be, and are not to be deleted. */
  readonly inTheWay: readonly string[];
}

/** Two trees compared. */
export function planSync(
  source: readonly TreeEntry[],
  target: readonly TreeEntry[],
  options: SyncOptions,
  way: Way,
): SyncPlan {
  const excluded = isExcluded(options.rules);
  const wanted = source.filter((entry) => !excluded(entry) && isOfKind(entry, options));
  const there = new Map(target.map((entry) => [entry.name, entry]));
  const names = new Set(wanted.map(({ name }) => name));
  const extra = options.delete ? deletable(target, names, excluded) : [];
  const steps = wanted.flatMap((entry) => entryStep(entry, there.get(entry.name), options, way) ?? []);
  return {
    send: steps.flatMap(({ send }) => send ?? []),
    remove: [...extra, ...steps.flatMap(({ remove }) => remove ?? [])],
    set: steps.flatMap(({ set }) => set ?? []),
    told: [...extra.map((name) => `*deleting   ${name}`), ...steps.map(({ told }) => told)],
    inTheWay: steps.flatMap(({ inTheWay }) => inTheWay ?? []),
  };
}

/** Whether owners can be set at the target, and rsync's sign of the direction: `<` to the machine. */
interface Way {
  readonly asRoot: boolean;
  readonly sign: "<" | ">";
}

interface Step {
  readonly send?: TreeEntry;
  readonly remove?: string;
  readonly set?: EntryChange;
  readonly inTheWay?: string;
  readonly told: string;
}

/** What one entry needs; undefined: nothing. */
function entryStep(
  entry: TreeEntry,
  found: TreeEntry | undefined,
  options: SyncOptions,
  { asRoot, sign }: Way,
): Step | undefined {
  const kind = kindLetter(entry, sign);
  if (!found)
    return options.existingOnly ? undefined : { send: entry, told: `${kind}+++++++++ ${shown(entry)}` };
  if (found.type !== entry.type) {
    const stays = found.type === "directory" && !options.delete;
    const told = `${kind}+++++++++ ${shown(entry)}`;
    return { send: entry, told, ...(stays ? { inTheWay: entry.name } : { remove: entry.name }) };
  }
  if (contentDiffers(entry, found, options))
    return { send: entry, told: `${kind}${letters(entry, found)} ${shown(entry)}` };
  const set = entryChange(entry, found, options, asRoot);
  return set && { set, told: `.${kind.slice(1)}${changeLetters(set)} ${shown(entry)}` };
}

const isOfKind = ({ type, name }: TreeEntry, { recursive, links }: SyncOptions): boolean =>
  (type !== "link" || links) && (recursive || (type !== "directory" && !name.includes("/")));

function contentDiffers(entry: TreeEntry, found: TreeEntry, options: SyncOptions): boolean {
  if (entry.type === "directory") return false;
  if (entry.type === "link") return entry.target !== found.target;
  if (options.ignoreExisting || (options.update && found.mtime > entry.mtime)) return false;
  if (entry.size !== found.size) return true;
  if (options.checksum) return entry.checksum === undefined || entry.checksum !== found.checksum;
  return options.times && entry.mtime !== found.mtime;
}

function entryChange(
  entry: TreeEntry,
  found: TreeEntry,
  options: SyncOptions,
  asRoot: boolean,
): EntryChange | undefined {
  if (options.ignoreExisting && entry.type !== "directory") return undefined;
  const isLink = entry.type === "link";
  const mode = options.perms && !isLink && entry.mode !== found.mode ? entry.mode : undefined;
  const isOld = options.update && found.mtime > entry.mtime;
  const mtime =
    options.times && entry.type === "file" && entry.mtime !== found.mtime && !isOld ? entry.mtime : undefined;
  const owner = asRoot ? ownerChange(entry, found, options) : undefined;
  if (mode === undefined && mtime === undefined && owner === undefined) return undefined;
  return {
    name: entry.name,
    ...(mode !== undefined && { mode }),
    ...(mtime !== undefined && { mtime }),
    ...(owner !== undefined && { owner }),
  };
}

function ownerChange(entry: TreeEntry, found: TreeEntry, options: SyncOptions): string | undefined {
  const owner = wantedOwner(options.owner, entry.uid);
  const group = wantedOwner(options.group, entry.gid);
  const own = owner === found.owner || owner === String(found.uid) ? "" : (owner ?? "");
  const grp = group === found.group || group === String(found.gid) ? "" : (group ?? "");
  return own === "" && grp === "" ? undefined : `${own}:${grp}`;
}

/** By name as an option says, or by number as at the source; undefined: it does not matter. */
export const wantedOwner = (option: boolean | string, id: number): string | undefined =>
  typeof option === "string" ? option : option ? String(id) : undefined;

/** What the source does not have, the outermost of it; what is left out by a filter stays, and the directories it is in. */
function deletable(
  target: readonly TreeEntry[],
  names: ReadonlySet<string>,
  excluded: (entry: TreeEntry) => boolean,
): string[] {
  const kept = new Set<string>();
  for (const entry of target)
    if (names.has(entry.name) || excluded(entry))
      for (const name of [entry.name, ...parentsOf(entry.name)]) kept.add(name);
  const gone = new Set(target.map(({ name }) => name).filter((name) => !kept.has(name)));
  return [...gone].filter((name) => !parentsOf(name).some((parent) => gone.has(parent))).sort();
}

const kindLetter = ({ type }: TreeEntry, sign: string): string =>
  type === "file" ? `${sign}f` : type === "directory" ? "cd" : "cL";

const letters = (entry: TreeEntry, found: TreeEntry): string =>
  entry.type === "link"
    ? "c........"
    : `.${entry.size === found.size ? "." : "s"}${entry.mtime === found.mtime ? "." : "t"}......`;

const changeLetters = ({ mode, mtime, owner }: EntryChange): string =>
  `..${mtime === undefined ? "." : "t"}${mode === undefined ? "." : "p"}${owner?.startsWith(":") === false ? "o" : "."}${owner?.endsWith(":") === false ? "g" : "."}...`;

const shown = ({ type, name, target }: TreeEntry): string =>
  type === "directory" ? `${name}/` : type === "link" ? `${name} -> ${target}` : name;
