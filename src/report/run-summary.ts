import { z } from "zod";
import type { FarmEvent, Outcome } from "../events.js";

const Duration = z.number().nonnegative();

/** One task of one VM; `start` is ISO 8601, `position` FILE:LINE:COLUMN. */
export const TaskSummary = z.object({
  phase: z.string(),
  task: z.string(),
  module: z.string(),
  position: z.string(),
  /** The machine it ran on: not the VM where it was delegated. */
  host: z.string(),
  status: z.enum(["ok", "changed", "failed", "skipped"]),
  /** Its failure did not count. */
  ignored: z.boolean().optional(),
  start: z.iso.datetime(),
  durationMs: Duration,
});
export type TaskSummary = z.infer<typeof TaskSummary>;

export const PhaseSummary = z.object({
  phase: z.string(),
  status: z.enum(["passed", "failed", "broken", "interrupted"]),
  start: z.iso.datetime(),
  durationMs: Duration,
});
export type PhaseSummary = z.infer<typeof PhaseSummary>;

/** What became of one VM; `start` is missing where it never started, `hypervisor` where it found no place. */
export const VmSummary = z.object({
  vm: z.string(),
  platform: z.string().optional(),
  target: z.string().optional(),
  hypervisor: z.string().optional(),
  domainType: z.enum(["kvm", "qemu"]).optional(),
  outcome: z.object({
    kind: z.enum(["passed", "flaky", "failed", "broken"]),
    phase: z.string().optional(),
    task: z.string().optional(),
    message: z.string().optional(),
    interrupted: z.boolean().optional(),
    /** How often it was tried, where it was more than once. */
    attempts: z.int().optional(),
  }),
  start: z.iso.datetime().optional(),
  durationMs: Duration,
  phases: z.array(PhaseSummary),
  tasks: z.array(TaskSummary),
});
export type VmSummary = z.infer<typeof VmSummary>;

/** `summary.json`: a whole run, without what its tasks said. */
export const RunSummary = z.object({
  version: z.literal(1),
  run: z.string(),
  project: z.string(),
  start: z.iso.datetime(),
  durationMs: Duration,
  exitCode: z.int(),
  vms: z.array(VmSummary),
});
export type RunSummary = z.infer<typeof RunSummary>;

/** A run's events made into its summary, one by one. */
export interface RunSummarizer {
  on(event: FarmEvent, time: Date): void;
  /** Undefined until the run has ended. VMs stand in the order of the project. */
  summary(): RunSummary | undefined;
}

type Ended = Extract<FarmEvent, { type: "run-ended" }>;
type Open<T> = { -readonly [K in keyof T]: T[K] };
type OpenVm = Open<Omit<VmSummary, "outcome">> & { outcome?: VmSummary["outcome"] };

export function runSummarizer(): RunSummarizer {
  const vms = new Map<string, OpenVm>();
  const vmOf = (vm: string): OpenVm => {
    const known = vms.get(vm) ?? { vm, durationMs: 0, phases: [], tasks: [] };
    vms.set(vm, known);
    return known;
  };
  let begun: Pick<RunSummary, "run" | "project" | "start"> | undefined;
  let ended: Ended | undefined;
  return {
    on: (event, time) => {
      if (event.type === "run-started") {
        begun = { run: event.run, project: event.project, start: time.toISOString() };
        for (const vm of event.vms) vmOf(vm);
        // An events.jsonl of an earlier version has none.
        for (const { vm, platform, target } of event.machines ?? [])
          Object.assign(vmOf(vm), { platform, target });
      } else if (event.type === "run-ended") ended = event;
      else addToVm(event, time, vmOf);
    },
    summary: () => {
      if (!begun || !ended) return undefined;
      const { exitCode, durationMs } = ended;
      const end = { exitCode, outcomes: new Map(ended.outcomes.map((outcome) => [outcome.vm, outcome])) };
      const closed = [...vms.values()].map((vm) => closedVm(vm, end));
      return { version: 1, ...begun, durationMs, exitCode, vms: closed };
    },
  };
}

function addToVm(event: FarmEvent, time: Date, vmOf: (vm: string) => OpenVm): void {
  switch (event.type) {
    case "vm-placed": {
      const { hypervisor, domainType } = event;
      Object.assign(vmOf(event.vm), { hypervisor, domainType });
      return;
    }
    case "vm-started":
      Object.assign(vmOf(event.vm), { hypervisor: event.hypervisor, start: time.toISOString() });
      return;
    case "phase-ended": {
      const { phase, status, durationMs } = event;
      vmOf(event.vm).phases.push({ phase, status, start: startOf(time, durationMs), durationMs });
      return;
    }
    case "task-ended":
      vmOf(event.vm).tasks.push(taskSummary(event, time));
      return;
    case "vm-ended":
      Object.assign(vmOf(event.vm), { outcome: outcomeOf(event.outcome), durationMs: event.durationMs });
      return;
  }
}

function taskSummary(event: Extract<FarmEvent, { type: "task-ended" }>, time: Date): TaskSummary {
  const { phase, task, module, position, host, status, ignored, durationMs } = event;
  const start = startOf(time, durationMs);
  return { phase, task, module, position, host, status, ...(ignored && { ignored }), start, durationMs };
}

const startOf = (end: Date, durationMs: number): string => new Date(end.getTime() - durationMs).toISOString();

function outcomeOf(outcome: Outcome): VmSummary["outcome"] {
  if (outcome.kind === "passed") return { kind: "passed" };
  const { vm: _, earlier, ...rest } = outcome;
  return { ...rest, ...(earlier && { attempts: earlier.length + 1 }) };
}

/** A VM that a run did not come to is broken, not passed. */
function closedVm(
  { outcome, ...vm }: OpenVm,
  run: { readonly exitCode: number; readonly outcomes: ReadonlyMap<string, Outcome> },
): VmSummary {
  const last = run.outcomes.get(vm.vm);
  if (outcome) return { ...vm, outcome };
  if (last) return { ...vm, outcome: outcomeOf(last) };
  const interrupted = run.exitCode === 130 || run.exitCode === 124;
  const message = vm.start ? "the run ended before this VM did" : "the run ended before this VM was started";
  return { ...vm, outcome: { kind: "broken", message, ...(interrupted && { interrupted }) } };
}
