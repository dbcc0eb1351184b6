import type { Clock } from "../clock.js";
import type { Emit } from "../events.js";
import { failPoint } from "../fail-point.js";
import type { Phase } from "../phases.js";
import type { PlacedVm, RunContext } from "./model.js";

/** Announces the steps of farm's own work on one VM, with the time each took. */
export interface Steps {
  /** The phase that steps are part of. */
  phase: Phase;
  run<T>(step: string, detail: string | undefined, work: () => Promise<T>): Promise<T>;
  readonly emit: Emit;
  readonly clock: Clock;
}

export function stepsOf(vm: PlacedVm, { emit, clock }: RunContext): Steps {
  const where = { vm: vm.name, hypervisor: vm.hypervisor };
  const steps: Steps = {
    phase: "startup",
    emit,
    clock,
    run: async (step, detail, work) => {
      const { phase } = steps;
      const what = { ...where, phase, step, ...(detail !== undefined && { detail }) };
      emit({ type: "step-started", ...what });
      const start = clock.now();
      failPoint(`${phase}/${step}`);
      const end = (ok: boolean) => emit({ type: "step-ended", ...what, ok, durationMs: clock.now() - start });
      try {
        const result = await work();
        failPoint(`${phase}/${step}.`);
        end(true);
        return result;
      } catch (error) {
        end(false);
        throw error;
      }
    },
  };
  return steps;
}
