import type { RunSummary } from "../run-summary.js";

/** How long each VM took in earlier runs, in milliseconds. */
export type Expected = ReadonlyMap<string, number>;

/** The median of each VM's runs that were not broken off; what broke or failed early would foretell too little. */
export function expectedFrom(runs: readonly RunSummary[]): Expected {
  const durations = new Map<string, number[]>();
  for (const { vm, outcome, durationMs, start } of runs.flatMap(({ vms }) => vms))
    if (outcome.kind === "passed" && start !== undefined)
      durations.set(vm, [...(durations.get(vm) ?? []), durationMs]);
  return new Map([...durations].map(([vm, all]) => [vm, median(all)]));
}

/** Of the higher of two. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
