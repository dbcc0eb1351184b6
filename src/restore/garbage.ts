import { posix } from "node:path";
import { type Discounted, inUse } from "./in-use.js";
import type { Manifest } from "./manifest.js";
import { isRemovable } from "./remove.js";
import { describeRun } from "./run-record.js";
import type { Part, PointStore, StoredPoint, StoredVm } from "./store.js";

export interface Limits {
  /** Milliseconds since a point or an image was used. */
  readonly maxAgeMs?: number | undefined;
  /** Of all points and images of a pool together. */
  readonly maxBytes?: number | undefined;
  /** How many points of one kind a VM keeps: the last ones used. */
  readonly perVm: number;
  /** Looks at these points only, and at no images. */
  readonly only?: (point: StoredPoint) => boolean;
}

export interface Removal {
  readonly what: "download" | "vm" | "part" | "point" | "image" | "run";
  /** Of its file or directory. */
  readonly name: string;
  readonly bytes: number;
  readonly reason: string;
}

/** A point or an image: what costs something and may be used again. */
interface Item {
  readonly name: string;
  readonly bytes: number;
  readonly usedAt: number;
  /** Names of the items that it stands on. */
  readonly needs: readonly string[];
  /** Of a point. */
  readonly manifest?: Manifest;
  /** Not to be touched, whatever it costs. */
  readonly fixed: boolean;
}

/** Why an item may go, among those that are still there. */
type Rule = (item: Item, kept: ReadonlyMap<string, Item>) => string | undefined;

/**
 * What may go, in the order in which it can: nothing that a VM stands on or may be about to, and nothing that something which stays is
 * built on.
 */
export function garbage(store: PointStore, discounted: Discounted, limits: Limits, now: number): Removal[] {
  const free = (what: "download" | "part", reason: string, parts: readonly Part[]): Removal[] =>
    parts
      .filter(({ name, held }) => !held && isRemovable(name))
      .map(({ name, bytes }) => ({ what, name, bytes, reason }));
  const isDead = ({ name, exists }: StoredVm) => exists && discounted.dead?.has(name) === true;
  const died = new Map(
    store.runs.flatMap(({ record, alive }) => (alive ? [] : [[record.run, record] as const])),
  );
  return [
    ...free("download", "half fetched, and nobody is at it", store.downloads),
    ...store.vms.filter(isDead).map(({ name, bytes, run }) => {
      const record = died.get(run ?? "");
      const why = record ? `${describeRun(record)}, died` : "it has no domain";
      return { what: "vm" as const, name, bytes, reason: `${why}, and nobody works on it` };
    }),
    ...[...died.values()]
      .filter(({ run }) => store.vms.every((vm) => vm.run !== run || isDead(vm)))
      .map((record) => ({
        what: "run" as const,
        name: record.run,
        bytes: 0,
        reason: `${describeRun(record)}, died, and nothing of it is left`,
      })),
    ...free("part", "half made, and nobody works on its VM", store.parts),
    ...unneeded(items(store, limits.only), inUse(store, discounted), limits, now),
  ];
}

function items({ points, images }: PointStore, only: Limits["only"]): Item[] {
  return [
    ...points.map((point) => {
      const { manifest, bytes, usedAt } = point;
      const below = manifest.below === null ? [] : [manifest.below];
      const needs = [...below, ...manifest.images.map((path) => posix.basename(path))];
      return {
        name: manifest.name,
        bytes,
        usedAt,
        needs,
        manifest,
        fixed: !isRemovable(manifest.name) || only?.(point) === false,
      };
    }),
    ...images.map((image) => ({
      ...image,
      needs: [],
      fixed: !isRemovable(image.name) || only !== undefined,
    })),
  ];
}

function unneeded(
  stored: readonly Item[],
  used: ReadonlySet<string>,
  limits: Limits,
  now: number,
): Removal[] {
  const kept = new Map(stored.map((item) => [item.name, item]));
  const all = rules(limits, now);
  // What one rule takes away can let go of what an earlier one is about.
  const next = () =>
    all.reduce<Removal | undefined>((found, rule) => found ?? first(kept, used, rule), undefined);
  const removals: Removal[] = [];
  for (let removal = next(); removal; removal = next()) {
    kept.delete(removal.name);
    removals.push(removal);
  }
  return removals;
}

/** The least used one that nothing needs and for which there is a reason. */
function first(kept: ReadonlyMap<string, Item>, used: ReadonlySet<string>, rule: Rule): Removal | undefined {
  const needed = new Set([...kept.values()].flatMap(({ needs }) => needs));
  const free = [...kept.values()]
    .filter(({ name, fixed }) => !fixed && !used.has(name) && !needed.has(name))
    .sort((one, other) => one.usedAt - other.usedAt);
  for (const item of free) {
    const reason = rule(item, kept);
    if (reason === undefined) continue;
    const { name, bytes, manifest } = item;
    return { what: manifest ? "point" : "image", name, bytes, reason };
  }
  return undefined;
}

const rules = ({ perVm, maxAgeMs, maxBytes }: Limits, now: number): Rule[] => [
  superseded,
  (item, kept) => tooMany(item, kept, perVm),
  ({ usedAt }) => (maxAgeMs !== undefined && now - usedAt > maxAgeMs ? "not used for too long" : undefined),
  (_, kept) => {
    const bytes = [...kept.values()].reduce((sum, item) => sum + item.bytes, 0);
    return maxBytes !== undefined && bytes > maxBytes ? "over the limit, and the least used" : undefined;
  },
];

const rivals = ({ manifest }: Item, kept: ReadonlyMap<string, Item>): (Item & { manifest: Manifest })[] =>
  [...kept.values()].flatMap((other) =>
    manifest && other.manifest && sameOwner(manifest, other.manifest)
      ? [{ ...other, manifest: other.manifest }]
      : [],
  );

const sameOwner = (one: Manifest, other: Manifest): boolean =>
  one.kind === other.kind &&
  one.tasks === other.tasks &&
  one.vm === other.vm &&
  one.project === other.project;

/** Made from the same as a newer one, which is restored in its place. */
const superseded: Rule = (item, kept) => {
  const { manifest } = item;
  if (!manifest) return undefined;
  const what = ({ inputs, trace }: Manifest) => JSON.stringify([inputs, trace]);
  const newer = rivals(item, kept).some(
    ({ manifest: other }) => other.created > manifest.created && what(other) === what(manifest),
  );
  return newer ? "a newer one was made from the same" : undefined;
};

function tooMany(item: Item, kept: ReadonlyMap<string, Item>, perVm: number): string | undefined {
  const later = rivals(item, kept).filter(({ usedAt }) => usedAt > item.usedAt);
  return later.length >= perVm ? `its VM has used ${later.length} others since` : undefined;
}
