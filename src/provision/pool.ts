import { posix } from "node:path";
import type { DomainDescription } from "../libvirt/domain/ownership.js";
import type { HypervisorHost } from "../load/inventory/hypervisors.js";
import { listStores, type PointStore } from "../restore/store.js";
import type { HypervisorSession } from "./model.js";
import { isVmDirectory } from "./vm-directory.js";

/** A pool directory with what belongs to it. */
export interface Pool {
  readonly session: HypervisorSession;
  /** Where farm's domains are on this hypervisor. */
  readonly uri: string;
  /** All domains there. */
  readonly domains: readonly DomainDescription[];
  readonly store: PointStore;
}

/** All pool directories that this user's farms have used on a hypervisor, and those that its domains name. @throws HypervisorError */
export async function listPools(
  session: HypervisorSession,
  hosts: readonly HypervisorHost[],
  signal: AbortSignal,
): Promise<Pool[]> {
  const uri = hosts.find(({ name }) => name === session.name)?.libvirtUri ?? "qemu:///session";
  const [stores, domains] = await Promise.all([
    listStores(session.shell, undefined, signal),
    session.libvirt(uri).listAll(signal),
  ]);
  const named = new Set(domains.flatMap((domain) => poolOf(domain) ?? []));
  for (const { pool } of stores) named.delete(pool);
  const all = [...stores, ...[...named].map(emptyStore)];
  return all.map((store) => ({ session, uri, domains, store }));
}

/** The pool that a domain's directory is in; undefined for one that farm did not make. */
export function poolOf({ ownership }: DomainDescription): string | undefined {
  if (!ownership || !isVmDirectory(ownership.directory)) return undefined;
  return posix.resolve(ownership.directory, "../../..");
}

const emptyStore = (pool: string): PointStore => ({
  pool,
  points: [],
  images: [],
  vms: [],
  parts: [],
  downloads: [],
  runs: [],
});
