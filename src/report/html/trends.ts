import type { RunSummary, TaskSummary, VmSummary } from "../run-summary.js";

/** Durations of one phase or task, the oldest run first; undefined where a run has none. */
export interface Trend {
  readonly phase: string;
  /** Of a task. */
  readonly task?: string;
  /** Medians over the VMs that it passed in, milliseconds. */
  readonly medians: readonly (number | undefined)[];
}

/** What is kept of a run for trends: little, since there may be many large ones. */
export interface RunTrace {
  readonly run: string;
  readonly start: string;
  readonly durationMs: number;
  readonly outcomes: ReadonlyMap<string, "passed" | "flaky" | "failed" | "broken">;
  readonly medians: ReadonlyMap<string, number>;
}

const MOST_TASKS = 15;
const key = (phase: string, task?: string): string =>
  JSON.stringify(task === undefined ? [phase] : [phase, task]);

type Summary = Pick<RunSummary, "run" | "start" | "durationMs"> & {
  readonly vms: readonly (Pick<VmSummary, "vm" | "outcome" | "phases"> & {
    readonly tasks: readonly TaskSummary[];
  })[];
};

export function traceOf({ run, start, durationMs, vms }: Summary): RunTrace {
  const durations = new Map<string, number[]>();
  const add = (name: string, ms: number) => {
    const known = durations.get(name);
    if (known) known.push(ms);
    else durations.set(name, [ms]);
  };
  for (const { phases, tasks } of vms) {
    for (const { phase, status, durationMs: ms } of phases) if (status === "passed") add(key(phase), ms);
    for (const { phase, task, status, durationMs: ms } of tasks)
      if (status === "ok" || status === "changed") add(key(phase, task), ms);
  }
  return {
    run,
    start,
    durationMs,
    outcomes: new Map(vms.map(({ vm, outcome }) => [vm, outcome.kind])),
    medians: new Map([...durations].map(([name, all]) => [name, median(all)])),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? 0) + high) / 2;
}

/** The phases of the last run in the order of its VMs' lives, and its longest tasks. @param runs the oldest first */
export function trendsOf(runs: readonly RunTrace[]): { readonly phases: Trend[]; readonly tasks: Trend[] } {
  const names = [...(runs.at(-1)?.medians ?? [])].map(([name, ms]) => {
    const [phase = "", task] = JSON.parse(name) as [string, string?];
    return { phase, task, ms, medians: runs.map(({ medians }) => medians.get(name)) };
  });
  const trend = ({ phase, task, medians }: (typeof names)[number]): Trend => ({
    phase,
    ...(task !== undefined && { task }),
    medians,
  });
  return {
    phases: names.filter(({ task }) => task === undefined).map(trend),
    tasks: names
      .filter(({ task }) => task !== undefined)
      .sort((a, b) => b.ms - a.ms)
      .slice(0, MOST_TASKS)
      .map(trend),
  };
}
