import { posix } from "node:path";
import { asFarmError } from "../../errors.js";
import type { DomainDescription } from "../../libvirt/domain/ownership.js";
import { leaveSwitches } from "../../libvirt/domain/vde.js";
import { garbage, type Limits, type Removal } from "../../restore/garbage.js";
import { removeStored } from "../../restore/remove.js";
import type { PointStore } from "../../restore/store.js";
import { type Pool, poolOf } from "../pool.js";
import { forgetDead } from "../run-record.js";
import { isVmDirectory, removeDirectory, switchesOf } from "../vm-directory.js";
import { lockVm } from "../vm-lock.js";

export interface Collected extends Removal {
  /** Why it is still there, when somebody needed it after all. */
  readonly kept?: string;
}

/** What `collectGarbage` would remove. @param now in milliseconds since the epoch */
export const findGarbage = ({ store, domains, uri }: Pool, limits: Limits, now: number): Removal[] =>
  garbage(store, { dead: deadVms(store, domains, uri) }, limits, now);

/** Removes what nothing reaches, and what is over the limits. One failure stops nothing else. @throws HypervisorError */
export async function collectGarbage(pool: Pool, limits: Limits, now: number): Promise<Collected[]> {
  const removals = findGarbage(pool, limits, now);
  const { session, store } = pool;
  const kept = new Map<string, string>();
  await Promise.all(
    removals.map(async ({ what, name }) => {
      const why = what === "vm" ? await removeDead(pool, name, "farm gc") : undefined;
      if (why !== undefined) kept.set(name, why);
    }),
  );
  if (removals.some(({ what }) => what === "run"))
    for (const { record, left } of await forgetDead(session.shell, store.pool))
      if (left.length > 0) kept.set(record.run, `${left.join(", ")} of it is left`);
  const others = removals.filter(({ what }) => what !== "vm" && what !== "run").map(({ name }) => name);
  for (const [name, why] of await removeStored(session.shell, store.pool, others)) kept.set(name, why);
  return removals.map((removal) => {
    const why = kept.get(removal.name);
    return why === undefined ? removal : { ...removal, kept: why };
  });
}

/** What was removed, and how many bytes that was. */
export function whatIsGone(all: readonly Collected[]): { gone: readonly Collected[]; bytes: number } {
  const gone = all.filter(({ kept }) => kept === undefined);
  return { gone, bytes: gone.reduce((sum, each) => sum + each.bytes, 0) };
}

/**
 * VMs that nobody works on and that have no domain, or only one of a run that died. One whose domain may be elsewhere is none of them, nor one that any domain of farm's
 * names by its last part: a pool can have two paths.
 */
export function deadVms(
  store: PointStore,
  domains: readonly DomainDescription[],
  uri: string,
): ReadonlySet<string> {
  const alive = namesOf(domains.filter((domain) => !isOfDeadRun(domain, store)));
  return new Set(
    store.vms
      .filter((vm) => vm.exists && vm.holder === null && (vm.uri === null || vm.uri === uri))
      .flatMap(({ name }) => (alive.has(name) ? [] : [name])),
  );
}

const namesOf = (domains: readonly DomainDescription[]): ReadonlySet<string> =>
  new Set(domains.flatMap(({ ownership }) => (ownership ? [posix.basename(ownership.directory)] : [])));

/** Its run is written down in this pool, and is over without having said so. */
function isOfDeadRun(domain: DomainDescription, { pool, runs }: PointStore): boolean {
  const run = domain.ownership?.run;
  return poolOf(domain) === pool && runs.some(({ record, alive }) => !alive && record.run === run);
}

/**
 * Removes a VM that nobody works on, with its switch, unless it has a domain that lives.
 * @param owner told to another farm that wants the VM meanwhile
 * @returns why it is still there
 */
export async function removeDead(
  { session, uri, store }: Pool,
  name: string,
  owner: string,
): Promise<string | undefined> {
  const directory = posix.join(store.pool, "farm/vms", name);
  if (!isVmDirectory(directory)) return "it has no name of farm's";
  try {
    const lock = await lockVm(session.shell, name, `${directory}.lock`, owner, uri);
    try {
      const libvirt = session.libvirt(uri);
      const domains = (await libvirt.listAll()).filter((domain) => namesOf([domain]).has(name));
      if (!domains.every((domain) => isOfDeadRun(domain, store))) return "it has a domain by now";
      for (const { uuid } of domains) await libvirt.remove(uuid);
      await session.shell.run(leaveSwitches(switchesOf(directory), name));
      await removeDirectory(session.shell, directory);
      return undefined;
    } finally {
      await lock.release();
    }
  } catch (thrown) {
    return asFarmError(thrown).message;
  }
}
