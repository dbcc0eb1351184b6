import { type Expected, median } from "./expected.js";
import type { VmView } from "./vm-view.js";

const LOCAL = "";

/**
 * Milliseconds until all VMs will have ended, if each takes as long as in earlier runs and each hypervisor goes on with as many at
 * one time as now; VMs without an earlier run take what the others do. Undefined where nothing is known.
 */
export function etaMs(vms: Iterable<VmView>, expected: Expected, now: number): number | undefined {
  if (expected.size === 0) return undefined;
  const usual = median([...expected.values()]);
  const left = (vm: VmView) =>
    Math.max(0, (expected.get(vm.name) ?? usual) - (vm.started === undefined ? 0 : now - vm.started));
  const lanes = new Map<string, number[]>();
  const waiting: VmView[] = [];
  for (const vm of vms) {
    if (vm.state === "waiting") waiting.push(vm);
    if (vm.state !== "running") continue;
    const on = vm.hypervisor ?? LOCAL;
    lanes.set(on, [...(lanes.get(on) ?? []), left(vm)]);
  }
  for (const vm of waiting) queue(lanes, vm.hypervisor ?? LOCAL, left(vm));
  return Math.max(0, ...[...lanes.values()].flat());
}

/** The VM goes where a place is free first. */
function queue(lanes: Map<string, number[]>, on: string, ms: number): void {
  const own = lanes.get(on) ?? [0];
  const first = own.indexOf(Math.min(...own));
  lanes.set(
    on,
    own.map((busy, index) => (index === first ? busy + ms : busy)),
  );
}
