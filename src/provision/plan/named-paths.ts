import type { HypervisorState, Requirements } from "../../dispatch/model.js";
import { FarmError } from "../../errors.js";
import type { VmBlueprint } from "../../expand/vm-blueprint.js";
import type { Named } from "../../libvirt/inspect/named-paths.js";
import { usualState } from "../../libvirt/inspect/usual-state.js";

/**
 * What VMs name on a hypervisor, before it has said anything: as most would have it. What is named only by another hypervisor's facts is not
 * asked for, and then not judged.
 */
export function namedPaths(vms: readonly VmBlueprint[], hypervisor: string): Named {
  const state = usualState(hypervisor);
  const all = vms.flatMap((vm) => requirementsOf(vm, state) ?? []);
  const emulators = new Map(
    all.flatMap(({ emulator: path, arch }) =>
      path === undefined ? [] : [[`${arch} ${path}`, { path, arch }]],
    ),
  );
  const firmware = all.flatMap((wanted) => wanted.firmware ?? []);
  return { emulators: [...emulators.values()], firmware: [...new Set(firmware)] };
}

/** Whoever cannot be evaluated is told of when the hypervisor has answered. */
function requirementsOf(vm: VmBlueprint, state: HypervisorState): Requirements | undefined {
  try {
    return vm.requirements(state);
  } catch (error) {
    if (error instanceof FarmError) return undefined;
    throw error;
  }
}
