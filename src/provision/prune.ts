import { asFarmError } from "../errors.js";
import { garbage, type StoredPoint } from "../restore/garbage.js";
import { listStores, removePoints } from "../restore/store.js";
import type { HypervisorSession, PlacedVm, RunContext } from "./model.js";

/** How many points of one kind a VM keeps, so that a few branches of a project can be warm at one time. */
export const POINTS_PER_VM = 3;

/** Removes the points of a VM that have become too many; a failure is a warning. @param pool absolute */
export async function prunePoints(
  { name }: PlacedVm,
  { shell }: HypervisorSession,
  pool: string,
  run: RunContext,
): Promise<void> {
  try {
    const [store] = await listStores(shell, pool, run.stop);
    if (!store) return;
    const isOurs = ({ manifest }: StoredPoint) => manifest.vm === name && manifest.project === run.project;
    const ours = store.points.filter(isOurs);
    const others = store.points
      .filter((point) => !isOurs(point))
      .flatMap(({ manifest }) => manifest.below ?? []);
    const inUse = new Set([...others, ...[...store.vms.values()].filter((point) => point !== null)]);
    const removals = garbage(ours, inUse, { perVm: POINTS_PER_VM }, run.clock.now());
    await removePoints(
      shell,
      pool,
      removals.map(({ point }) => point.manifest.name),
    );
  } catch (thrown) {
    run.stop.throwIfAborted();
    const message = `old restore points were not removed: ${asFarmError(thrown).message}`;
    run.emit({ type: "warning", vm: name, message });
  }
}
