import { posix } from "node:path";
import { HypervisorError } from "../errors.js";
import { plainText } from "../transport/plain-text.js";
import type { Command, Shell } from "../transport/shell.js";
import { type Manifest, readManifest } from "./manifest.js";
import { type RunRecord, readRunRecord, runOf } from "./run-record.js";
import { LIST_SCRIPT } from "./store-script.js";

/** A restore point with what it costs. */
export interface StoredPoint {
  readonly manifest: Manifest;
  readonly bytes: number;
  /** When it was made or last restored, in milliseconds since the epoch. */
  readonly usedAt: number;
}

export interface StoredImageFile {
  /** `sha256-....qcow2`, `sha256-....raw` */
  readonly name: string;
  readonly bytes: number;
  /** When it was fetched or a VM last booted from it. */
  readonly usedAt: number;
}

/** A VM that has a directory, or that somebody works on. */
export interface StoredVm {
  /** The directory's name. */
  readonly name: string;
  readonly exists: boolean;
  readonly bytes: number;
  /** What its disks stand on. */
  readonly points: readonly string[];
  readonly images: readonly string[];
  /** It says what it stands on. A directory that does not may stand on anything. */
  readonly recorded: boolean;
  /** Who works on it; null: nobody. */
  readonly holder: string | null;
  /** The one who works on it has not said yet what he needs. */
  readonly starting: boolean;
  /** The run that made the directory. */
  readonly run: string | null;
  /** The libvirt URI of its domain, as far as it is written down. */
  readonly uri: string | null;
}

/** A run that works there, or that ended without saying so. */
export interface StoredRun {
  readonly record: RunRecord;
  readonly alive: boolean;
}

/** Something half made or half fetched. */
export interface Part {
  readonly name: string;
  readonly bytes: number;
  /** Somebody is still at it. */
  readonly held: boolean;
}

/** What is in `farm` of one pool directory. */
export interface PointStore {
  readonly pool: string;
  readonly points: readonly StoredPoint[];
  readonly images: readonly StoredImageFile[];
  readonly vms: readonly StoredVm[];
  /** Points, by the names of their directories. */
  readonly parts: readonly Part[];
  /** Images, by the names of their files. */
  readonly downloads: readonly Part[];
  readonly runs: readonly StoredRun[];
}

const EVERY_POOL = `set --
[ -f "$HOME/.cache/farm/pools" ] || exit 0
while IFS= read -r pool; do set -- "$@" "$pool"; done <"$HOME/.cache/farm/pools"
${LIST_SCRIPT}`;

const listCommand = (pool: string | undefined): Command => ({
  argv:
    pool === undefined
      ? ["sh", "-c", EVERY_POOL, "farm-store"]
      : ["sh", "-c", LIST_SCRIPT, "farm-store", pool],
  readOnly: true,
  timeoutMs: 300_000,
});

/** Looks at one pool, or at all that this user's farms have used there. @throws HypervisorError */
export async function listStores(shell: Shell, pool?: string, signal?: AbortSignal): Promise<PointStore[]> {
  const { code, stdout, stderr } = await shell.run(listCommand(pool), { signal });
  if (code === 0) return parseStores(stdout);
  throw new HypervisorError(`cannot list what is kept on '${shell.name}': ${plainText(stderr)}`);
}

/** What nothing of farm's has written counts as not there. */
export const parseStores = (stdout: string): PointStore[] =>
  stdout
    .split(/^pool /m)
    .slice(1)
    .map(parseStore);

type Line = readonly [name: string, ...rest: string[]];

function parseStore(text: string): PointStore {
  const [pool = "", ...rest] = text.split("\n");
  const lines = rest.map((line) => line.split(" "));
  const all = (word: string): Line[] =>
    lines.flatMap(([first, name = "", ...others]): Line[] => (first === word ? [[name, ...others]] : []));
  return {
    pool,
    points: all("point").flatMap(([name, kib, seconds, ...json]) => {
      const manifest = readManifest(name, json.join(" "));
      return manifest ? [{ manifest, bytes: bytes(kib), usedAt: time(seconds) }] : [];
    }),
    images: all("image").map(([name, kib, seconds]) => ({ name, bytes: bytes(kib), usedAt: time(seconds) })),
    vms: parseVms(all),
    parts: all("part").map(part),
    downloads: all("download").map(part),
    runs: all("run").flatMap(([name, lock, ...json]) => {
      const record = readRunRecord(name, json.join(" "));
      return record ? [{ record, alive: lock === "held" }] : [];
    }),
  };
}

const bytes = (kib: string | undefined): number => (Number(kib) || 0) * 1024;
const time = (seconds: string | undefined): number => (Number(seconds) || 0) * 1000;
const part = ([name, kib, lock]: Line): Part => ({ name, bytes: bytes(kib), held: lock === "held" });

function parseVms(all: (word: string) => Line[]): StoredVm[] {
  const directories = new Map(all("vm").map(([name, kib, recorded]) => [name, { kib, recorded }]));
  const holders = new Map(
    all("held").map(([name, how, ...owner]) => [name, { how, owner: plainText(owner.join(" ")) }]),
  );
  const makers = new Map(all("by").map(([name, ...owner]) => [name, runOf(owner.join(" "))]));
  const uris = new Map(all("uri").map(([name, ...uri]) => [name, uri.join(" ")]));
  const of = (word: string, name: string) =>
    all(word).flatMap(([vm, ...what]) => (vm === name ? [what.join(" ")] : []));
  return [...new Set([...directories.keys(), ...holders.keys()])].map((name) => {
    const [directory, holder] = [directories.get(name), holders.get(name)];
    return {
      name,
      exists: directory !== undefined,
      bytes: bytes(directory?.kib),
      points: of("stands", name),
      images: of("images", name).map((path) => posix.basename(path)),
      recorded: directory?.recorded === "recorded",
      holder: holder?.owner ?? null,
      starting: holder?.how === "starting",
      run: makers.get(name) ?? null,
      uri: uris.get(name) || null,
    };
  });
}
