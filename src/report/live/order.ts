import type { VmView } from "./vm-view.js";

/** What people look for first: trouble under way, what runs, what did not pass, what is to come. */
const RANKS: Readonly<Record<VmView["state"], number>> = {
  running: 1,
  failed: 2,
  flaky: 3,
  broken: 2,
  interrupted: 3,
  waiting: 4,
  passed: 5,
};

const rank = (vm: VmView): number => (vm.state === "running" && vm.hasFailed ? 0 : RANKS[vm.state]);

/** The interesting ones first; among those that run the one that has run longest, so that rows keep their places. */
export function byInterest(vms: Iterable<VmView>): VmView[] {
  const ranks: VmView[][] = [];
  for (const vm of vms) {
    const same = ranks[rank(vm)];
    if (same) same.push(vm);
    else ranks[rank(vm)] = [vm];
  }
  for (const running of ranks.slice(0, 2)) running?.sort((a, b) => (a.started ?? 0) - (b.started ?? 0));
  return ranks.flat();
}

/** Whose output is shown: of the running ones that say something, the one that is at the same task for longest. */
export function inFocus(vms: Iterable<VmView>): VmView | undefined {
  let focus: VmView | undefined;
  for (const vm of vms)
    if (vm.state === "running" && vm.output.trim() !== "" && (!focus || vm.doingSince < focus.doingSince))
      focus = vm;
  return focus;
}

/** How many are in each state, the empty ones left out, in the order of a summary. */
export function countStates(vms: Iterable<VmView>): [VmView["state"], number][] {
  const counts = new Map<VmView["state"], number>(
    (["passed", "flaky", "failed", "broken", "interrupted", "running", "waiting"] as const).map((state) => [
      state,
      0,
    ]),
  );
  for (const { state } of vms) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > 0);
}
