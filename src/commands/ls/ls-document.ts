import { posix } from "node:path";
import type { DomainDescription } from "../../libvirt/domain/ownership.js";
import { type Pool, poolOf } from "../../provision/pool.js";
import type { PointStore, StoredVm } from "../../restore/store.js";

/** What `farm ls --format json` prints, a list of these. */
export interface ListedPool {
  readonly hypervisor: string;
  readonly pool: string;
  readonly points: readonly ListedPoint[];
  readonly images: readonly ListedImage[];
  readonly vms: readonly ListedVm[];
  /** Half-made points. */
  readonly parts: readonly ListedPart[];
  /** Half-fetched images. */
  readonly downloads: readonly ListedPart[];
  readonly runs: readonly ListedRun[];
}

/** A run that works there now, or that died. */
export interface ListedRun {
  readonly run: string;
  readonly project: string;
  readonly owner: string;
  /** ISO 8601 */
  readonly since: string;
  readonly instance: string | null;
  /** The VMs that it wants there. */
  readonly vms: readonly string[];
  readonly state: "working" | "died";
  /** Directories of its VMs that are there. */
  readonly directories: readonly string[];
}

export interface ListedPoint {
  readonly name: string;
  readonly kind: string;
  readonly project: string;
  readonly vm: string;
  readonly created: string;
  /** ISO 8601 */
  readonly used: string;
  readonly bytes: number;
  readonly live: boolean;
  readonly below: string | null;
  /** Names of points that are built on it. */
  readonly above: readonly string[];
  /** Directories of VMs that stand on it. */
  readonly vms: readonly string[];
}

export interface ListedImage {
  readonly name: string;
  readonly bytes: number;
  /** ISO 8601 */
  readonly used: string;
  /** Names of points that are built on it. */
  readonly points: readonly string[];
  /** Directories of VMs that booted from it. */
  readonly vms: readonly string[];
}

export interface ListedVm {
  /** The name of its directory. */
  readonly directory: string;
  readonly bytes: number;
  readonly point: string | null;
  /** Who works on it. */
  readonly holder: string | null;
  readonly domain: {
    readonly name: string;
    readonly project: string;
    readonly vm: string;
    readonly run: string;
    readonly state: "running" | "off";
  } | null;
}

export interface ListedPart {
  readonly name: string;
  readonly bytes: number;
  /** Somebody is at it. */
  readonly held: boolean;
}

export const listedPool = ({ session, store, domains }: Pool): ListedPool => ({
  hypervisor: session.name,
  pool: store.pool,
  points: store.points.map(({ manifest, bytes, usedAt }) => ({
    name: manifest.name,
    kind: manifest.tasks === undefined ? manifest.kind : `${manifest.kind}, ${manifest.tasks} tasks`,
    project: manifest.project,
    vm: manifest.vm,
    created: manifest.created,
    used: new Date(usedAt).toISOString(),
    bytes,
    live: manifest.live,
    below: manifest.below,
    above: pointsThat(store, ({ below }) => below === manifest.name),
    vms: store.vms.filter(({ points }) => points.includes(manifest.name)).map(({ name }) => name),
  })),
  images: store.images.map(({ name, bytes, usedAt }) => ({
    name,
    bytes,
    used: new Date(usedAt).toISOString(),
    points: pointsThat(store, ({ images }) => images.some((path) => posix.basename(path) === name)),
    vms: store.vms.filter(({ images }) => images.includes(name)).map((vm) => vm.name),
  })),
  vms: listedVms(store, domains),
  parts: store.parts,
  downloads: store.downloads,
  runs: store.runs.map(({ record: { instance = null, ...record }, alive }) => ({
    ...record,
    instance,
    state: alive ? "working" : "died",
    directories: store.vms.filter((vm) => vm.exists && vm.run === record.run).map(({ name }) => name),
  })),
});

type Manifest = PointStore["points"][number]["manifest"];

const pointsThat = ({ points }: PointStore, wanted: (manifest: Manifest) => boolean): string[] =>
  points.flatMap(({ manifest }) => (wanted(manifest) ? [manifest.name] : []));

/** Directories and domains, each with the other if there is one. */
function listedVms({ pool, vms }: PointStore, domains: readonly DomainDescription[]): ListedVm[] {
  const here = new Map(
    domains
      .filter((domain) => poolOf(domain) === pool)
      .map((domain) => [posix.basename(domain.ownership?.directory ?? ""), domain]),
  );
  const known = new Map(vms.map((vm) => [vm.name, vm]));
  return [...new Set([...known.keys(), ...here.keys()])].map((name) =>
    listedVm(name, known.get(name), here.get(name)),
  );
}

function listedVm(
  directory: string,
  vm: StoredVm | undefined,
  domain: DomainDescription | undefined,
): ListedVm {
  const { name = "", active = false, ownership } = domain ?? {};
  const { project = "", vm: of = "", run = "" } = ownership ?? {};
  return {
    directory,
    bytes: vm?.bytes ?? 0,
    point: vm?.points.at(-1) ?? null,
    holder: vm?.holder ?? null,
    domain: domain ? { name, project, vm: of, run, state: active ? "running" : "off" } : null,
  };
}
