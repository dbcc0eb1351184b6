import { fetchedDirectory } from "../../images/controller-cache.js";
import { garbage, type Limits } from "../../restore/garbage.js";
import { removeStored } from "../../restore/remove.js";
import { listStores } from "../../restore/store.js";
import { localShell } from "../../transport/local-shell.js";
import type { Collected } from "./collect-garbage.js";

interface Options {
  readonly dryRun: boolean;
  /** In milliseconds since the epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/**
 * What the controller has fetched for hypervisors (`fetch_via: controller`), by the rules of a pool's images: each is fetched again when it
 * is wanted again. @throws HypervisorError
 */
export async function collectFetched(limits: Limits, options: Options): Promise<Collected[]> {
  const shell = localShell({ name: "controller" });
  try {
    const stores = await listStores(shell, fetchedDirectory(), options.signal);
    const removals = stores.flatMap((store) => garbage(store, {}, limits, options.now));
    if (options.dryRun) return removals;
    const kept = await removeStored(
      shell,
      fetchedDirectory(),
      removals.map(({ name }) => name),
    );
    return removals.map((removal) => {
      const why = kept.get(removal.name);
      return why === undefined ? removal : { ...removal, kept: why };
    });
  } finally {
    await shell.close();
  }
}
