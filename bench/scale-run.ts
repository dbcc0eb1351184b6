import { systemClock } from "../src/clock.js";
import type { HypervisorState } from "../src/dispatch/model.js";
import type { Outcome } from "../src/events.js";
import type { Project } from "../src/project/project.js";
import { guestSession } from "../src/provision/guest/guest-session.js";
import { farmWorld } from "../src/provision/kept/farm-world.js";
import type { PlacedVm, RunContext } from "../src/provision/model.js";
import type { PlannedVm } from "../src/provision/plan/make-plan.js";
import { runQueue } from "../src/provision/queue.js";
import { emitter } from "../src/report/emitter.js";
import { logDirectory } from "../src/report/log-directory.js";
import { Secrets } from "../src/report/mask.js";
import { runTasks } from "../src/tasks/run/interpreter.js";
import { renewableShell } from "../src/transport/persistent/renewable-shell.js";
import type { Shell } from "../src/transport/shell.js";
import { LiveHeap } from "./live-heap.js";

const PHASE = "main";

/** Every VM has ten of them. */
const HALF_OF_THE_TASKS = 5;

/** Runs `main` in all VMs of a plan, whose shells answer at once. @returns a line with what it took of the controller */
export async function runTasksOf(
  plan: readonly PlannedVm[],
  project: Project,
  states: readonly HypervisorState[],
  directory: string,
): Promise<string> {
  const logs = logDirectory(directory, project.projectId);
  let tasks = 0;
  const heap = new LiveHeap();
  const counted = {
    on: ({ type }: { type: string }) => {
      if (type === "task-ended" && ++tasks === plan.length * HALF_OF_THE_TASKS) heap.look("while all run");
    },
  };
  const emit = emitter([logs, counted], () => systemClock.now(), new Secrets());
  const { world, close } = farmWorld(project, new Map());
  const surroundings = {
    world,
    directory: project.directory,
    files: project.files,
    extra: project.extraVariables,
    tags: { only: [], skip: [] },
    diff: false,
  };
  const stop = new AbortController().signal;
  const run = { emit, clock: systemClock, stop, tasks: surroundings } as unknown as RunContext;
  heap.look("planned");
  const lookedBefore = heap.cpu;
  const before = process.cpuUsage();
  const start = performance.now();
  const outcomes = await Promise.all(
    states.map((state) => {
      const mine = plan.flatMap(({ placed }) => (placed?.hypervisor === state.name ? [placed] : []));
      return runQueue(mine, state, emit, (vm) => liveThrough(vm, run));
    }),
  );
  const ms = performance.now() - start;
  await Promise.all([logs.close?.(), close()]);
  const { user, system } = process.cpuUsage(before);
  const perTask = (user + system - (heap.cpu - lookedBefore)) / 1000 / tasks;
  heap.look("when all have ended");
  const passed = outcomes.flat().filter(({ kind }) => kind === "passed").length;
  if (passed !== plan.length) throw new Error(`${plan.length - passed} of ${plan.length} VMs did not pass`);
  const mib = process.resourceUsage().maxRSS / 1024;
  return `${String(plan.length).padStart(6)} VMs on ${states.length} hypervisors ran ${tasks} tasks: ${(ms / 1000).toFixed(2)} s, ${perTask.toFixed(2)} ms of processor a task, ${mib.toFixed(0)} MiB; alive: ${heap.seen}`;
}

async function liveThrough(vm: PlacedVm, run: RunContext): Promise<Outcome> {
  const shell = silent(vm.name);
  const session = guestSession(
    vm,
    renewableShell(shell, async () => shell),
    run,
  );
  const file = vm.files[PHASE];
  if (!file) throw new Error(`'${vm.name}' has no ${PHASE}`);
  const start = run.clock.now();
  run.emit({ type: "phase-started", vm: vm.name, phase: PHASE, file: file.path });
  const { emit, clock } = run;
  const failure = await runTasks(file, session, {
    phase: PHASE,
    emit,
    clock,
    tags: run.tasks.tags,
    diff: false,
  });
  await session.end();
  const status = failure ? "failed" : "passed";
  run.emit({ type: "phase-ended", vm: vm.name, phase: PHASE, status, durationMs: clock.now() - start });
  if (!failure) return { vm: vm.name, kind: "passed" };
  return { vm: vm.name, kind: "failed", phase: PHASE, task: failure.task, message: failure.message };
}

/** A guest where every command succeeds and says nothing, which is heard a turn of the event loop later as over a connection. */
function silent(name: string): Shell {
  const unasked = () => Promise.reject(new Error(`'${name}' has no such answer`));
  return {
    name,
    run: () => new Promise((resolve) => setImmediate(resolve, { code: 0, stdout: "", stderr: "" })),
    open: unasked,
    writeFile: unasked,
    connect: unasked,
    close: async () => undefined,
  };
}
