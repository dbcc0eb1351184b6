import { expect, test } from "vitest";
import type { FarmEvent } from "../../../../src/events.js";
import { FarmViewer } from "../../../../src/report/live/farm-view.js";
import type { VmView } from "../../../../src/report/live/vm-view.js";

const vm = "one";
const task = {
  vm,
  host: vm,
  phase: "main",
  task: "Build",
  module: "shell",
  position: "main.yaml:1:3",
} as const;
const started: FarmEvent = { type: "task-started", ...task };
const ended: FarmEvent = { type: "task-ended", ...task, status: "ok", durationMs: 1, result: {} };
const output = (text: string): FarmEvent => ({
  type: "task-output",
  vm,
  phase: "main",
  task: "Build",
  stream: "stdout",
  text,
});
const main: FarmEvent = { type: "phase-started", vm, phase: "main", file: "main.yaml", tasks: 2 };

/** The view of a VM after events that come a second after each other. */
function after(...events: FarmEvent[]): VmView | undefined {
  const viewer = new FarmViewer();
  for (const [second, event] of events.entries()) viewer.on(event, second * 1000);
  return viewer.view.vms.get(vm);
}

test("a VM waits, with the reason, until it is started", () => {
  const run: FarmEvent = {
    type: "run-started",
    run: "r",
    project: "p",
    vms: [vm],
    machines: [],
    runDirectory: "/r",
  };
  const queued: FarmEvent = { type: "vm-queued", vm, hypervisor: "h", reason: "it is full" };
  expect(after(run)?.state).toBe("waiting");
  expect(after(run)?.started).toBeUndefined();
  expect(after(run, queued)).toMatchObject({ state: "waiting", hypervisor: "h", doing: "it is full" });
  expect(after(run, queued, { type: "vm-started", vm, hypervisor: "h" })).toMatchObject({
    ...{ state: "running", started: 2000, doing: undefined },
  });
});

test("tasks are counted within their phase, and includes may bring more than was known", () => {
  expect(after(main)?.counted).toEqual({ unit: "tasks", done: 0, total: 2 });
  expect(after(main, started, ended)?.counted).toEqual({ unit: "tasks", done: 1, total: 2 });
  expect(after(main, ended, ended, ended)?.counted).toEqual({ unit: "tasks", done: 3, total: 3 });
  const over: FarmEvent = { type: "phase-ended", vm, phase: "main", status: "passed", durationMs: 1 };
  expect(after(main, ended, over)?.counted).toBeUndefined();
});

test("a download is counted until its step ends", () => {
  const step = { vm, hypervisor: "h", phase: "startup", step: "image" } as const;
  const some: FarmEvent[] = [
    { type: "step-started", ...step, detail: "tiny.qcow2" },
    { type: "progress", vm, step: "fetch", done: 5, total: 10, unit: "bytes" },
  ];
  const pace = { bytesPerSecond: 2048, remainingMs: 3000 };
  const fast: FarmEvent = { type: "progress", vm, step: "fetch", done: 6, total: 10, unit: "bytes", ...pace };
  expect(after(...some)).toMatchObject({
    doing: "image tiny.qcow2",
    counted: { unit: "bytes", done: 5, total: 10 },
  });
  expect(after(...some, fast)?.counted?.pace).toBe("fetch 2 KiB/s, 3.0 s left");
  expect(after(...some, { type: "step-ended", ...step, ok: true, durationMs: 1 })?.counted).toBeUndefined();
});

test("what farm does behind a task hides neither the task nor what it said", () => {
  const step = { vm, hypervisor: "h", phase: "create clean", step: "write" } as const;
  const behind: FarmEvent[] = [
    { type: "step-started", ...step },
    { type: "step-ended", ...step, ok: true, durationMs: 1 },
  ];
  const talking = [main, started, output("a\n")];
  expect(after(...talking, ...behind)).toEqual(after(...talking));
});

test("output is the running task's, and no more than its end from a line's start on", () => {
  expect(after(main, started, output("a\n"), output("b\n"))?.output).toBe("a\nb\n");
  expect(after(main, started, output("a\n"), ended)?.output).toBe("");
  const long = Array.from({ length: 5_000 }, (_, index) => `\u001b[31m${index}\u001b[0m`).join("\n");
  const end = after(main, started, output(long))?.output ?? "";
  expect(end.length).toBeLessThanOrEqual(4096);
  expect(end.startsWith("\u001b[31m")).toBe(true);
});

test("a task that is tried again says so", () => {
  const retried: FarmEvent = {
    type: "task-retried",
    vm,
    phase: "main",
    task: "Build",
    attempt: 1,
    retries: 3,
    delayMs: 1,
  };
  expect(after(main, started, retried)?.doing).toBe("Build (try 2 of 4)");
});

test("trouble shows when a phase did not pass, and stays until the VM has ended", () => {
  const bad: FarmEvent = { type: "phase-ended", vm, phase: "main", status: "failed", durationMs: 1 };
  expect(after(main, bad, { type: "phase-started", vm, phase: "terminate" })).toMatchObject({
    ...{ state: "running", hasFailed: true },
  });
  const interrupted: FarmEvent = {
    ...{ type: "vm-ended", vm, durationMs: 7_000 },
    outcome: { vm, kind: "broken", message: "interrupted", interrupted: true },
  };
  expect(after(main, interrupted)).toMatchObject({
    state: "interrupted",
    tookMs: 7_000,
    doing: "interrupted",
  });
});

test("a warning about a VM changes nothing of it, and a task of `farm apply` begins a row", () => {
  expect(after(main, { type: "warning", vm, message: "odd" })).toEqual(after(main));
  expect(after(started)).toMatchObject({ state: "running", started: 0, phase: "main", doing: "Build" });
});
