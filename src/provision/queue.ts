import { fits } from "../dispatch/capacity.js";
import type { HypervisorState } from "../dispatch/model.js";
import type { Emit, Outcome } from "../events.js";
import type { PlacedVm } from "./model.js";

interface Load {
  readonly vcpus: number;
  readonly ramMiB: number;
}

const loadOf = ({ definition }: PlacedVm): Load => ({ vcpus: definition.vcpus, ramMiB: definition.ram });

/**
 * Runs the VMs of one hypervisor, as many at a time as it carries, in the order of the plan.
 * @param work never throws
 */
export function runQueue(
  vms: readonly PlacedVm[],
  hypervisor: HypervisorState,
  emit: Emit,
  work: (vm: PlacedVm) => Promise<Outcome>,
): Promise<Outcome[]> {
  const waiting = [...vms];
  const running = new Map<PlacedVm, Load>();
  const told = new Set<PlacedVm>();
  const outcomes = new Map<PlacedVm, Outcome>();
  return new Promise((resolve) => {
    const admit = (): void => {
      for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
        const verdict = fits([...running.values()], loadOf(next), hypervisor);
        if (!verdict.fits) {
          tell(next, verdict.reason);
          return;
        }
        waiting.shift();
        start(next);
      }
      if (running.size === 0) resolve(vms.flatMap((vm) => outcomes.get(vm) ?? []));
    };
    const tell = (vm: PlacedVm, reason: string): void => {
      if (told.has(vm)) return;
      told.add(vm);
      emit({ type: "vm-queued", vm: vm.name, hypervisor: vm.hypervisor, reason });
    };
    const start = (vm: PlacedVm): void => {
      running.set(vm, loadOf(vm));
      void work(vm).then((outcome) => {
        outcomes.set(vm, outcome);
        running.delete(vm);
        admit();
      });
    };
    admit();
  });
}
