import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { FarmEvent, Outcome } from "../../src/events.js";
import { logDirectory } from "../../src/report/log-directory.js";

export interface ScriptedVm {
  readonly platform: string;
  readonly target: string;
  readonly hypervisor: string;
  /** Milliseconds after the run's start. */
  readonly start: number;
  /** Milliseconds that a task takes. */
  readonly pace: number;
  readonly tasks: readonly { readonly name: string; readonly stdout: string; readonly failed?: boolean }[];
  readonly broken?: string;
  readonly console?: string;
}

export interface ScriptedRun {
  /** Its run id. */
  readonly run: string;
  readonly project: string;
  readonly begin: number;
  readonly vms: readonly ScriptedVm[];
}

type Timed = readonly [number, FarmEvent];

/** Writes a run's directory, as a run that did this would have. @returns its path */
export async function writeScriptedRun(runs: string, script: ScriptedRun): Promise<string> {
  const directory = join(runs, script.run);
  await mkdir(runs, { recursive: true });
  const logs = logDirectory(directory, script.project);
  const scripted = script.vms.map(vmEvents);
  const timed = scripted.flatMap(({ events }) => events).sort(([a], [b]) => a - b);
  const end = Math.max(0, ...timed.map(([at]) => at)) + 200;
  const emit = ([at, event]: Timed) => logs.on(event, new Date(script.begin + at));
  const machines = script.vms.map((vm) => ({ vm: nameOf(vm), platform: vm.platform, target: vm.target }));
  const { run, project } = script;
  const vms = machines.map(({ vm }) => vm);
  emit([0, { type: "run-started", run, project, vms, machines, runDirectory: directory }]);
  for (const each of timed) emit(each);
  const outcomes = scripted.map(({ outcome }) => outcome);
  const exitCode = outcomes.every(({ kind }) => kind === "passed") ? 0 : 1;
  emit([end, { type: "run-ended", exitCode, outcomes, runDirectory: directory, durationMs: end }]);
  for (const vm of script.vms) if (vm.console) await logs.saveLog(nameOf(vm), "console.log", vm.console);
  await logs.close?.();
  return directory;
}

const nameOf = ({ platform, target }: ScriptedVm): string => `${platform}_${target}`;

function vmEvents(script: ScriptedVm): { events: Timed[]; outcome: Outcome } {
  const vm = nameOf(script);
  const { hypervisor, pace, tasks, broken } = script;
  let at = script.start;
  const events: Timed[] = [
    [0, { type: "vm-placed", vm, hypervisor, domainType: "qemu", reason: "the only one that offers it" }],
    [at, { type: "vm-started", vm, hypervisor }],
  ];
  const phase = (name: string, ms: number, status: "passed" | "failed" | "broken") => {
    at += ms;
    events.push([at, { type: "phase-ended", vm, phase: name, status, durationMs: ms }]);
  };
  const step = { type: "step-ended", vm, hypervisor, phase: "startup", ok: broken === undefined } as const;
  events.push([at + pace * 2, { ...step, step: "log in", detail: "root", durationMs: pace * 2 }]);
  phase("startup", pace * 2, broken === undefined ? "passed" : "broken");
  const begun = at;
  const failing = broken === undefined ? tasks.find(({ failed }) => failed) : undefined;
  for (const task of broken === undefined
    ? tasks.slice(0, failing ? tasks.indexOf(failing) + 1 : undefined)
    : []) {
    at += pace;
    events.push([at, taskEnded(vm, task, pace)]);
  }
  if (broken === undefined) {
    at = begun;
    phase("main", pace * Math.max(1, tasks.length), failing ? "failed" : "passed");
  }
  phase("shutdown", pace, "passed");
  const outcome: Outcome = broken
    ? { vm, kind: "broken", phase: "startup", message: broken }
    : failing
      ? { vm, kind: "failed", phase: "main", task: failing.name, message: "non-zero return code: 2" }
      : { vm, kind: "passed" };
  events.push([at, { type: "vm-ended", vm, outcome, durationMs: at - script.start }]);
  return { events, outcome };
}

function taskEnded(vm: string, task: ScriptedVm["tasks"][number], durationMs: number): FarmEvent {
  const { name, stdout, failed = false } = task;
  const result = failed ? { rc: 2, msg: "non-zero return code", stdout } : { rc: 0, stdout };
  return {
    type: "task-ended",
    vm,
    host: vm,
    phase: "main",
    task: name,
    module: "shell",
    position: "phases/main.yaml:12:3",
    status: failed ? "failed" : "changed",
    durationMs,
    result,
  };
}
