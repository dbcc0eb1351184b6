import { asFarmError, RunLimitError } from "../errors.js";
import type { Outcome } from "../events.js";
import { failPoint } from "../fail-point.js";
import type { Hypervisors } from "./hypervisors.js";
import type { PlacedVm, RunContext } from "./model.js";
import type { PlannedVm } from "./plan/make-plan.js";
import { runQueue } from "./queue.js";
import { provisionVm } from "./vm/provision-vm.js";

/** Runs all VMs of a plan: the hypervisors side by side, each with a queue of its own. Outcomes come in the plan's order. */
export async function runFarm(
  plan: readonly PlannedVm[],
  hypervisors: Hypervisors,
  run: RunContext,
): Promise<Outcome[]> {
  for (const { placed, placement, phases } of plan) {
    if (placed) {
      const { hypervisor, reason, name, definition } = placed;
      run.emit({ type: "vm-placed", vm: name, hypervisor, domainType: definition.virt_domain, reason });
      if (Object.values(phases.found).every((file) => file === null))
        run.emit({
          type: "warning",
          vm: name,
          message: "no phase has a file for it, so that it passes untested",
        });
    } else run.emit({ type: "vm-ended", vm: placement.vm, outcome: unplaced(placement), durationMs: 0 });
  }
  const work = async (vm: PlacedVm): Promise<Outcome> => {
    const session = hypervisors.sessions.get(vm.hypervisor);
    if (run.stop.aborted || !session) return notStarted(vm, run);
    try {
      return await provisionVm(vm, session, run);
    } catch (thrown) {
      return { vm: vm.name, kind: "broken", message: asFarmError(thrown).message };
    }
  };
  const queues = hypervisors.states.map((state) => {
    const mine = plan.flatMap(({ placed }) => (placed?.hypervisor === state.name ? [placed] : []));
    return runQueue(mine, state, run.emit, work);
  });
  const outcomes = new Map((await Promise.all(queues)).flat().map((outcome) => [outcome.vm, outcome]));
  failPoint("run/over");
  await run.records.over();
  failPoint("run/over.");
  return plan.map(({ placement }) => outcomes.get(placement.vm) ?? unplaced(placement));
}

function unplaced({ vm, reason, rejected }: PlannedVm["placement"]): Outcome {
  const why = rejected.map(({ hypervisor, reason: because }) => `${hypervisor}: ${because}`).join("; ");
  // With one hypervisor the reason is that one's already.
  return { vm, kind: "broken", message: rejected.length < 2 ? reason : `${reason} (${why})` };
}

function notStarted(vm: PlacedVm, run: RunContext): Outcome {
  const reason: unknown = run.stop.reason;
  const message =
    reason instanceof RunLimitError
      ? `${reason.message}: it was not started`
      : "interrupted before it was started";
  const outcome: Outcome = { vm: vm.name, kind: "broken", interrupted: true, message };
  run.emit({ type: "vm-ended", vm: vm.name, outcome, durationMs: 0 });
  return outcome;
}

/**
 * 0 all passed, 1 a guest said no, 3 the farm failed, 4 both, 124 the run's time was over, 130 interrupted.
 * @param flakyFails a VM that passed only when it was tried again counts as one that said no
 */
export function exitCodeOf(
  outcomes: readonly Outcome[],
  stop: AbortSignal,
  flakyFails: boolean = false,
): number {
  if (stop.aborted) return asFarmError(stop.reason).exitCode;
  const failed = outcomes.some(({ kind }) => kind === "failed" || (flakyFails && kind === "flaky"));
  const broken = outcomes.some(({ kind }) => kind === "broken");
  if (failed && broken) return 4;
  if (broken) return 3;
  return failed ? 1 : 0;
}
