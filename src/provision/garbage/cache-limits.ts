import type { Clock } from "../../clock.js";
import { asFarmError } from "../../errors.js";
import type { Emit } from "../../events.js";
import type { HypervisorHost } from "../../load/inventory/hypervisors.js";
import type { HypervisorSession } from "../model.js";
import { listPools } from "../pool.js";
import { POINTS_PER_VM } from "../vm/prune.js";
import { collectGarbage, whatIsGone } from "./collect-garbage.js";

interface CacheContext {
  readonly emit: Emit;
  readonly clock: Clock;
  readonly stop: AbortSignal;
}

/** Removes what is over the limits that the inventory sets for its hypervisors: all side by side. A failure is a warning. */
export async function keepCacheLimits(
  hosts: readonly HypervisorHost[],
  sessions: ReadonlyMap<string, HypervisorSession>,
  run: CacheContext,
): Promise<void> {
  await Promise.all(
    hosts.map(async (host) => {
      const session = sessions.get(host.name);
      if (!session || Object.keys(host.cacheLimits).length === 0 || run.stop.aborted) return;
      try {
        await keep(host, session, run);
      } catch (thrown) {
        const message = `what is over the cache's limits was not removed: ${asFarmError(thrown).message}`;
        run.emit({ type: "warning", hypervisor: host.name, message });
      }
    }),
  );
}

async function keep(
  host: HypervisorHost,
  session: HypervisorSession,
  { emit, clock, stop }: CacheContext,
): Promise<void> {
  const limits = { ...host.cacheLimits, perVm: POINTS_PER_VM };
  const pools = await listPools(session, [host], stop);
  const collected = await Promise.all(pools.map((pool) => collectGarbage(pool, limits, clock.now())));
  const { gone, bytes } = whatIsGone(collected.flat());
  if (gone.length === 0) return;
  emit({ type: "cache-trimmed", hypervisor: host.name, removed: gone.map(({ name }) => name), bytes });
}
