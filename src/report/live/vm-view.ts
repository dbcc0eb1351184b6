import type { FarmEvent } from "../../events.js";
import { formatPace } from "../pace-text.js";

/** `tasks`: of a phase. `bytes`: of a download. */
export interface Counted {
  readonly unit: "tasks" | "bytes";
  readonly done: number;
  readonly total: number | undefined;
  /** How fast a download is, and how long it will take. */
  readonly pace?: string;
}

/** What the live view knows of one VM. Times are milliseconds since the epoch. */
export interface VmView {
  readonly name: string;
  readonly state: "waiting" | "running" | "passed" | "flaky" | "failed" | "broken" | "interrupted";
  readonly hypervisor?: string | undefined;
  readonly phase?: string | undefined;
  /** The task, the step of farm's own, what is waited for, or why nothing happens yet. */
  readonly doing?: string | undefined;
  /** A task runs: what farm does behind it is not shown. */
  readonly hasTask: boolean;
  readonly doingSince: number;
  readonly started?: number | undefined;
  readonly tookMs?: number | undefined;
  /** A phase did not pass; the VM need not have ended. */
  readonly hasFailed: boolean;
  readonly counted?: Counted | undefined;
  /** The end of what the running task said. */
  readonly output: string;
}

/** An event about one VM. */
export type VmEvent = Extract<FarmEvent, { vm: string }>;

const LONGEST_OUTPUT = 4096;

export const newVmView = (name: string, now: number): VmView => ({
  name,
  state: "waiting",
  doingSince: now,
  hasTask: false,
  hasFailed: false,
  output: "",
});

/** What is known of a VM after an event of its own; pure. */
export function vmAfter(vm: VmView, event: VmEvent, now: number): VmView {
  const doing = (what: string | undefined, more: Partial<VmView> = {}): VmView => ({
    ...begun(vm, now),
    doing: what,
    hasTask: false,
    doingSince: now,
    output: "",
    ...more,
  });
  switch (event.type) {
    case "vm-placed":
      return { ...vm, hypervisor: event.hypervisor };
    case "vm-queued":
      return { ...vm, hypervisor: event.hypervisor, doing: event.reason, doingSince: now };
    case "vm-started":
      return { ...begun(vm, now), hypervisor: event.hypervisor, doing: undefined, doingSince: now };
    case "phase-started":
      return doing(undefined, { phase: event.phase, counted: tasksOf(event.tasks) });
    case "phase-ended":
      return doing(undefined, { counted: undefined, hasFailed: vm.hasFailed || event.status !== "passed" });
    case "step-started":
      if (vm.hasTask) return vm;
      return doing(joined(event.step, event.detail), { phase: event.phase });
    case "step-ended":
      if (vm.hasTask) return vm;
      return doing(undefined, { counted: vm.counted?.unit === "bytes" ? undefined : vm.counted });
    case "waiting":
      return doing(`waits for ${event.what}`);
    case "progress":
      return { ...begun(vm, now), counted: bytesOf(event) };
    case "task-started":
      return doing(event.task, { phase: event.phase, hasTask: true });
    case "task-output":
      return { ...vm, output: endOf(vm.output + event.text) };
    case "task-retried":
      return { ...vm, doing: `${event.task} (try ${event.attempt + 1} of ${event.retries + 1})` };
    case "task-ended":
      return doing(undefined, { counted: oneMore(vm.counted) });
    case "vm-ended":
      return doing(event.outcome.kind === "passed" ? undefined : event.outcome.message, {
        state: stateOf(event),
        counted: undefined,
        tookMs: event.durationMs,
      });
    case "vm-retried":
      return doing(`attempt ${event.attempt + 1} of ${event.attempts}`, {
        hasFailed: false,
        phase: undefined,
        counted: undefined,
      });
    case "shell-opened":
      return doing("a shell of yours");
    case "shell-closed":
      return doing(undefined);
    case "artifacts-collected":
    case "forwarded":
    case "phase-skipped":
    case "item-ended":
      return vm;
  }
}

/** The first sign of life starts the clock: `farm apply` tells of no VM's start. */
const begun = (vm: VmView, now: number): VmView =>
  vm.state === "waiting" ? { ...vm, state: "running", started: now } : vm;

const joined = (...parts: readonly (string | undefined)[]) =>
  parts.filter((part) => part !== undefined && part !== "").join(" ");

const tasksOf = (total: number | undefined): Counted | undefined =>
  total === undefined ? undefined : { unit: "tasks", done: 0, total };

function bytesOf(event: Extract<FarmEvent, { type: "progress" }>): Counted {
  const { step, done, total } = event;
  const pace = formatPace(event);
  return { unit: "bytes", done, total, ...(pace !== "" && { pace: `${step} ${pace}` }) };
}

/** Includes bring tasks that nobody had counted. */
function oneMore(counted: Counted | undefined): Counted | undefined {
  if (counted?.unit !== "tasks") return counted;
  const done = counted.done + 1;
  return { ...counted, done, total: Math.max(done, counted.total ?? 0) };
}

/** From the start of a line on, so that no escape sequence is cut in two. */
function endOf(text: string): string {
  if (text.length <= LONGEST_OUTPUT) return text;
  const end = text.slice(-LONGEST_OUTPUT);
  return end.slice(end.indexOf("\n") + 1);
}

const stateOf = ({ outcome }: Extract<FarmEvent, { type: "vm-ended" }>): VmView["state"] =>
  outcome.kind === "broken" && outcome.interrupted ? "interrupted" : outcome.kind;
