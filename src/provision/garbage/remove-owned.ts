import { basename } from "node:path";
import { asFarmError, type FarmError, HypervisorError } from "../../errors.js";
import { leaveSwitches } from "../../libvirt/domain/vde.js";
import type { OwnedDomain } from "../../libvirt/owned-domain.js";
import { instanceOf, vmDirectoryName, withoutInstance } from "../../naming.js";
import type { Project } from "../../project/project.js";
import type { HypervisorSession } from "../model.js";
import { listPools, type Pool } from "../pool.js";
import { forgetDead } from "../run-record.js";
import { isVmDirectory, removeDirectory, switchesOf } from "../vm-directory.js";
import { lockVm } from "../vm-lock.js";
import { deadVms, removeDead } from "./collect-garbage.js";

interface Removed {
  readonly vm: string;
  readonly error?: FarmError;
}

interface Which {
  readonly vms: ReadonlySet<string>;
  /** Told for each VM of these names: the `--instance` that it is of, undefined for none. */
  readonly wanted: (instance: string | undefined) => boolean;
}

/** A VM of the plan that is of an instance which was not meant. */
interface Left {
  readonly vm: string;
  readonly instance: string | undefined;
}

/** Removes a project's VMs of these names from a hypervisor, with their files; nobody else's. One failure stops no other. */
export async function removeOwned(
  session: HypervisorSession,
  project: Project,
  { vms, wanted }: Which,
  signal: AbortSignal,
): Promise<{ readonly removed: readonly Removed[]; readonly left: readonly Left[] }> {
  const uris = new Set(
    project.hypervisors.filter(({ name }) => name === session.name).map(({ libvirtUri }) => libvirtUri),
  );
  const lists = await Promise.all(
    [...uris].map(async (uri) =>
      (await session.libvirt(uri).list(signal)).map((domain) => ({ uri, domain })),
    ),
  );
  const ours = lists
    .flat()
    .filter(({ domain: { ownership } }) => ownership.project === project.projectId && vms.has(ownership.vm))
    .map((each) => ({ ...each, instance: instanceOf(each.domain.ownership.directory) }));
  const meant = ours.filter(({ instance }) => wanted(instance));
  const removed = await Promise.all(meant.map(({ uri, domain }) => removeOne(session, uri, domain)));
  const others = ours.filter(({ instance }) => !wanted(instance));
  const pools = await listPools(session, project.hypervisors, signal);
  const dead = await removeWithoutDomain(pools, project, { vms, wanted });
  const all = [...removed, ...dead];
  return {
    removed: all.length === 0 ? all : [...all, ...(await forgetRuns(pools))],
    left: others.map(({ domain, instance }) => ({ vm: domain.ownership.vm, instance })),
  };
}

/** The record of a run that died goes with the last of what it had left. @returns what could not be done */
async function forgetRuns(pools: readonly Pool[]): Promise<Removed[]> {
  const done = await Promise.allSettled(
    pools.map(({ session, store }) => forgetDead(session.shell, store.pool)),
  );
  return done.flatMap((each) =>
    each.status === "rejected" ? [{ vm: "*", error: asFarmError(each.reason) }] : [],
  );
}

/** What a run that died has left of VMs whose domain is not there, or was not there yet. */
async function removeWithoutDomain(
  pools: readonly Pool[],
  project: Project,
  { vms, wanted }: Which,
): Promise<Removed[]> {
  const names = new Map([...vms].map((vm) => [vmDirectoryName(project.projectId, vm), vm]));
  const found = pools.flatMap((pool) =>
    [...deadVms(pool.store, pool.domains, pool.uri)].flatMap((name) => {
      const vm = names.get(withoutInstance(name));
      return vm !== undefined && wanted(instanceOf(name)) ? [{ pool, name, vm }] : [];
    }),
  );
  return Promise.all(
    found.map(async ({ pool, name, vm }) => {
      const why = await removeDead(pool, name, "farm down");
      if (why === undefined) return { vm };
      return { vm, error: new HypervisorError(`'${vm}' on '${pool.session.name}' is still there: ${why}`) };
    }),
  );
}

async function removeOne(session: HypervisorSession, uri: string, domain: OwnedDomain): Promise<Removed> {
  const { vm, directory } = domain.ownership;
  try {
    // The directory is what the domain's metadata say, and anybody can write those.
    if (!isVmDirectory(directory))
      throw new HypervisorError(
        `'${vm}' on '${session.name}' names '${directory}', which is no directory of farm's`,
      );
    const lock = await lockVm(session.shell, vm, `${directory}.lock`, "farm down", uri);
    try {
      await session.libvirt(uri).remove(domain.uuid);
      await session.shell.run(leaveSwitches(switchesOf(directory), basename(directory)));
      await removeDirectory(session.shell, directory);
    } finally {
      await lock.release();
    }
    return { vm };
  } catch (thrown) {
    return { vm, error: asFarmError(thrown) };
  }
}
