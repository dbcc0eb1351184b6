import type { Manifest } from "./manifest.js";

/** A restore point with what it costs. */
export interface StoredPoint {
  readonly manifest: Manifest;
  readonly bytes: number;
  /** When it was made or last restored, in milliseconds since the epoch. */
  readonly usedAt: number;
}

export interface Limits {
  /** Milliseconds since a point was used. */
  readonly maxAgeMs?: number | undefined;
  /** Of all points of a pool together. */
  readonly maxBytes?: number | undefined;
  /** How many of one kind a VM keeps: the last ones used. */
  readonly perVm: number;
}

export interface Removal {
  readonly point: StoredPoint;
  readonly reason: string;
}

/**
 * What may go, in the order in which it can: nothing that a VM stands on, and nothing that a point which stays is built on.
 * @param inUse names of points that VMs stand on
 */
export function garbage(
  points: readonly StoredPoint[],
  inUse: ReadonlySet<string>,
  limits: Limits,
  now: number,
): Removal[] {
  const kept = new Map(points.map((point) => [point.manifest.name, point]));
  const removals: Removal[] = [];
  const remove = (reasonOf: (point: StoredPoint) => string | undefined): void => {
    for (let next = first(kept, inUse, reasonOf); next; next = first(kept, inUse, reasonOf)) {
      kept.delete(next.point.manifest.name);
      removals.push(next);
    }
  };
  remove((point) => superseded(point, kept));
  remove((point) => tooMany(point, kept, limits.perVm));
  remove((point) => tooOld(point, limits.maxAgeMs, now));
  remove(() => tooLarge(kept, limits.maxBytes));
  return removals;
}

/** The least used one that nothing needs and for which there is a reason. */
function first(
  kept: ReadonlyMap<string, StoredPoint>,
  inUse: ReadonlySet<string>,
  reasonOf: (point: StoredPoint) => string | undefined,
): Removal | undefined {
  const below = new Set([...kept.values()].map(({ manifest }) => manifest.below));
  const free = [...kept.values()]
    .filter(({ manifest: { name } }) => !inUse.has(name) && !below.has(name))
    .sort((one, other) => one.usedAt - other.usedAt);
  for (const point of free) {
    const reason = reasonOf(point);
    if (reason !== undefined) return { point, reason };
  }
  return undefined;
}

const sameOwner = (one: Manifest, other: Manifest): boolean =>
  one.kind === other.kind && one.vm === other.vm && one.project === other.project;

/** Made from the same as a newer one, which is restored in its place. */
function superseded({ manifest }: StoredPoint, kept: ReadonlyMap<string, StoredPoint>): string | undefined {
  const what = ({ inputs, trace }: Manifest) => JSON.stringify([inputs, trace]);
  const newer = [...kept.values()].some(
    ({ manifest: other }) =>
      sameOwner(manifest, other) && other.created > manifest.created && what(other) === what(manifest),
  );
  return newer ? "a newer one was made from the same" : undefined;
}

function tooMany(
  { manifest, usedAt }: StoredPoint,
  kept: ReadonlyMap<string, StoredPoint>,
  perVm: number,
): string | undefined {
  const later = [...kept.values()].filter(
    (other) => sameOwner(manifest, other.manifest) && other.usedAt > usedAt,
  );
  return later.length >= perVm ? `its VM has used ${later.length} others since` : undefined;
}

function tooOld({ usedAt }: StoredPoint, maxAgeMs: number | undefined, now: number): string | undefined {
  return maxAgeMs !== undefined && now - usedAt > maxAgeMs ? "not used for too long" : undefined;
}

function tooLarge(kept: ReadonlyMap<string, StoredPoint>, maxBytes: number | undefined): string | undefined {
  const bytes = [...kept.values()].reduce((sum, point) => sum + point.bytes, 0);
  return maxBytes !== undefined && bytes > maxBytes ? "over the limit, and the least used" : undefined;
}
