import { asFarmError } from "../../errors.js";
import { garbage } from "../../restore/garbage.js";
import { removeStored } from "../../restore/remove.js";
import { listStores } from "../../restore/store.js";
import type { RunContext } from "../model.js";
import type { VirtualMachine } from "./virtual-machine.js";

/** How many points of one kind a VM keeps, so that a few branches of a project can be warm at one time. */
export const POINTS_PER_VM = 3;

/** Removes the points of a VM, which we hold, that have become too many; a failure is a warning. */
export async function prunePoints(machine: VirtualMachine, run: RunContext): Promise<void> {
  const { vm, hypervisor, pool, directory } = machine.parts;
  try {
    const [store] = await listStores(hypervisor.shell, pool, run.stop);
    if (!store) return;
    const limits = {
      perVm: POINTS_PER_VM,
      only: ({ manifest }: { manifest: { vm: string; project: string } }) =>
        manifest.vm === vm.name && manifest.project === run.project,
    };
    const removals = garbage(store, { own: directory.name }, limits, run.clock.now());
    const points = removals.filter(({ what }) => what === "point").map(({ name }) => name);
    await removeStored(hypervisor.shell, pool, points, directory.name);
  } catch (thrown) {
    run.stop.throwIfAborted();
    const message = `old restore points were not removed: ${asFarmError(thrown).message}`;
    run.emit({ type: "warning", vm: vm.name, message });
  }
}
