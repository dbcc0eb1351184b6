import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ModuleFailure } from "../module/failure.js";
import { isExcluded } from "./filter.js";
import { localTree } from "./local-tree.js";
import type { SyncContext, SyncOptions } from "./options.js";
import { planSync, type SyncPlan } from "./plan.js";
import { pull } from "./pull.js";
import { push } from "./push.js";
import { type RemoteTree, remoteTree } from "./remote-tree.js";
import type { TreeEntry } from "./tree.js";

/** A path as rsync reads it: with a slash at its end, what is in it, else it by its name. */
interface Place {
  readonly root: string;
  /** Undefined: all that is in the root. */
  readonly top: string | undefined;
}

const placeOf = (path: string): Place =>
  path.endsWith("/") || /(?:^|\/)\.$/.test(path)
    ? { root: path.replace(/\/\.?$/, "") || "/", top: undefined }
    : { root: dirname(path), top: basename(path) };

/** A single file goes by another name when the destination is no directory. */
const renamed = (entries: readonly TreeEntry[], name: string): TreeEntry[] =>
  entries.map((entry) => ({ ...entry, name }));

/** Brings a path of the machine to be like one of the controller. @returns what was done @throws ModuleFailure */
export async function pushTree(
  context: SyncContext,
  src: string,
  dest: string,
  options: SyncOptions,
): Promise<SyncPlan> {
  const from = placeOf(src);
  const source = await localTree(from.root, from.top, { ...options, excluded: isExcluded(options.rules) });
  if (source.length === 0 && from.top !== undefined)
    throw new ModuleFailure(`there is no ${src} on the controller`);
  const single = singleFile(source, from);
  const first = await remoteTree(context, dest, from.top, asTarget(options));
  const asItself = !single || first.root === "directory" || dest.endsWith("/");
  const to = asItself ? { root: dest, tree: first } : await parentTree(context, dest, options);
  const name = asItself ? undefined : basename(dest);
  const entries = name === undefined ? source : renamed(source, name);
  const plan = planSync(entries, to.tree.entries, options, { asRoot: to.tree.asRoot, sign: "<" });
  refuseInTheWay(plan, dest);
  const sourceOf = (entry: TreeEntry) => join(from.root, name === undefined ? entry.name : (from.top ?? ""));
  if (hasWork(plan)) await push(context, to.root, plan, options, sourceOf);
  return plan;
}

async function parentTree(
  context: SyncContext,
  dest: string,
  options: SyncOptions,
): Promise<{ root: string; tree: RemoteTree }> {
  const root = dirname(dest);
  return { root, tree: await remoteTree(context, root, basename(dest), asTarget(options)) };
}

/** Brings a path of the controller to be like one of the machine. @returns what was done @throws ModuleFailure */
export async function pullTree(
  context: SyncContext,
  src: string,
  dest: string,
  options: SyncOptions,
): Promise<SyncPlan> {
  const from = placeOf(src);
  const tree = await remoteTree(context, from.root, from.top, options);
  if (tree.root !== "directory" || (from.top !== undefined && tree.entries.length === 0))
    throw new ModuleFailure(`there is no ${src} on the machine`);
  const source = withParents(
    options.recursive ? tree.entries : tree.entries.filter(({ name }) => !name.includes("/")),
  );
  const single = singleFile(source, from);
  const asItself = !single || dest.endsWith("/") || (await isDirectory(dest));
  const root = asItself ? dest : dirname(dest);
  const name = asItself ? undefined : basename(dest);
  const entries = name === undefined ? source : renamed(source, name);
  const top = single ? (name ?? from.top) : from.top;
  const target = await localTree(root, top, { ...asTarget(options), recursive: true, excluded: () => false });
  const plan = planSync(entries, target, options, { asRoot: process.getuid?.() === 0, sign: ">" });
  refuseInTheWay(plan, dest);
  if (hasWork(plan))
    await pull(context, from.root, root, plan, options, (entry) =>
      name === undefined ? entry.name : (from.top ?? ""),
    );
  return plan;
}

const singleFile = (source: readonly TreeEntry[], { top }: Place): boolean =>
  top !== undefined && source.length === 1 && source[0]?.type !== "directory";

/** The machine says what it likes: what is told twice, or is in no directory of its tree, is left out. */
export function withParents(entries: readonly TreeEntry[]): TreeEntry[] {
  const kept = new Map<string, TreeEntry>();
  const depth = ({ name }: TreeEntry) => name.split("/").length;
  for (const entry of entries.toSorted((a, b) => depth(a) - depth(b))) {
    const inside = depth(entry) === 1 || kept.get(dirname(entry.name))?.type === "directory";
    if (inside && !kept.has(entry.name)) kept.set(entry.name, entry);
  }
  return [...kept.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A link at the destination is never what it leads to. */
const asTarget = ({ checksum }: SyncOptions) => ({ checksum, copyLinks: false });

const hasWork = ({ send, remove, set }: SyncPlan): boolean => send.length + remove.length + set.length > 0;

function refuseInTheWay({ inTheWay }: SyncPlan, dest: string): void {
  if (inTheWay.length > 0)
    throw new ModuleFailure(
      `a directory stands where a file shall be in ${dest}: ${inTheWay.slice(0, 3).join(", ")}`,
      {
        hint: "delete: true removes it",
      },
    );
}

const isDirectory = async (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
