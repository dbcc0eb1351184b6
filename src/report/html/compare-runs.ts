import type { VmSummary } from "../run-summary.js";

/** Less is noise. */
const SLOWER = 1.25;
const SLOWER_BY_MS = 5_000;

export interface Slower {
  readonly vm: string;
  readonly phase: string;
  readonly beforeMs: number;
  readonly nowMs: number;
}

/** What another run makes of the same VMs; names in the order of the newer run. */
export interface Difference {
  readonly newlyFailing: readonly string[];
  readonly fixed: readonly string[];
  readonly stillFailing: readonly string[];
  readonly added: readonly string[];
  /** Were in the earlier run. */
  readonly missing: readonly string[];
  readonly slower: readonly Slower[];
  readonly faster: readonly Slower[];
}

type Vm = Pick<VmSummary, "vm" | "outcome" | "phases">;

/** What of a run is compared. */
export interface ComparedRun {
  readonly vms: readonly Vm[];
}

/** The same run without what is not compared: little, also of a large one. */
export const comparedOf = ({ vms }: ComparedRun): ComparedRun => ({
  vms: vms.map(({ vm, outcome, phases }) => ({ vm, outcome, phases })),
});

export function compareRuns(before: ComparedRun, now: ComparedRun): Difference {
  const old = new Map(before.vms.map((vm) => [vm.vm, vm]));
  const both = now.vms.flatMap((vm) => {
    const earlier = old.get(vm.vm);
    return earlier ? [{ vm, earlier }] : [];
  });
  const names = (was: boolean, is: boolean) =>
    both.filter(({ vm, earlier }) => passed(earlier) === was && passed(vm) === is).map(({ vm }) => vm.vm);
  const current = new Set(now.vms.map(({ vm }) => vm));
  const slower = both.flatMap(({ vm, earlier }) => slowerPhases(earlier, vm));
  const faster = both.flatMap(({ vm, earlier }) =>
    slowerPhases(vm, earlier).map((each) => ({ ...each, beforeMs: each.nowMs, nowMs: each.beforeMs })),
  );
  return {
    newlyFailing: names(true, false),
    fixed: names(false, true),
    stillFailing: names(false, false),
    added: now.vms.filter(({ vm }) => !old.has(vm)).map(({ vm }) => vm),
    missing: before.vms.filter(({ vm }) => !current.has(vm)).map(({ vm }) => vm),
    slower: slower.toSorted((a, b) => b.nowMs - b.beforeMs - (a.nowMs - a.beforeMs)),
    faster: faster.toSorted((a, b) => a.nowMs - a.beforeMs - (b.nowMs - b.beforeMs)),
  };
}

/** One that is flaky is told as such, and is not failing. */
const passed = ({ outcome }: Vm): boolean => outcome.kind === "passed" || outcome.kind === "flaky";

/** Phases that passed both times: one that failed says nothing of how long it takes. */
function slowerPhases(before: Vm, now: Vm): Slower[] {
  const old = new Map(before.phases.map(({ phase, status, durationMs }) => [phase, { status, durationMs }]));
  return now.phases.flatMap(({ phase, status, durationMs: nowMs }) => {
    const earlier = old.get(phase);
    if (earlier?.status !== "passed" || status !== "passed") return [];
    const { durationMs: beforeMs } = earlier;
    const is = nowMs >= beforeMs * SLOWER && nowMs - beforeMs >= SLOWER_BY_MS;
    return is ? [{ vm: now.vm, phase, beforeMs, nowMs }] : [];
  });
}
