import type { Outcome } from "../../events.js";
import type { HypervisorSession, PlacedVm, RunContext } from "../model.js";
import { type Ended, tryVm } from "./attempts.js";
import { withCleanup } from "./cleanup.js";
import { Life } from "./life.js";

/** One VM on its hypervisor, with all of its attempts. Never throws: what went wrong is the outcome. */
export async function provisionVm(
  vm: PlacedVm,
  hypervisor: HypervisorSession,
  run: RunContext,
): Promise<Outcome> {
  const start = run.clock.now();
  run.emit({ type: "vm-started", vm: vm.name, hypervisor: vm.hypervisor });
  const outcome = await tryVm(vm.name, run, (number) => liveOnce(vm, hypervisor, run, number));
  run.emit({ type: "vm-ended", vm: vm.name, outcome, durationMs: run.clock.now() - start });
  return outcome;
}

/** A whole life, from the image to the end; undefined: it passed. */
async function liveOnce(
  vm: PlacedVm,
  hypervisor: HypervisorSession,
  run: RunContext,
  number: number,
): Promise<Ended | undefined> {
  const life = new Life(vm, hypervisor, run, number);
  try {
    await withCleanup(
      (defer) => life.live(defer),
      (error) => run.emit({ type: "warning", vm: vm.name, message: error.message }),
    );
  } catch (thrown) {
    life.verdict.blame(thrown);
  }
  const { attempt, mayPass } = life.verdict;
  return attempt && { attempt, mayPass };
}
