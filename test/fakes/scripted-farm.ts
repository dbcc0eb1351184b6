import type { FarmEvent, Outcome } from "../../src/events.js";

/** An event with the second of the run at which it comes. */
export interface Timed {
  readonly at: number;
  readonly event: FarmEvent;
}

interface ScriptOptions {
  readonly vms: number;
  readonly hypervisors: number;
  /** At one time on one hypervisor. */
  readonly lanes: number;
  readonly tasks: number;
  /** Every how many VMs one fails. */
  readonly failEvery: number;
}

const PLATFORMS = ["debian_12", "ubuntu_24", "fedora_42", "alpine_3", "opensuse_15", "arch"];
const TARGETS = ["amd64", "arm64", "ppc64le"];
const MEBIBYTE = 2 ** 20;

/** Names as people give them, and a few that nobody should. */
function vmName(index: number): string {
  const name = `${PLATFORMS[index % PLATFORMS.length]}_${TARGETS[Math.floor(index / PLATFORMS.length) % TARGETS.length]}`;
  return index < PLATFORMS.length * TARGETS.length ? name : `${name}_${index}`;
}

const TASK_NAMES = [
  "Install the compilers and libraries",
  "Fetch the sources",
  "設定する：日本語の名前",
  "Build 🚀 with 👩‍👩‍👧 in parallel",
  "Escape \u001b[31mred\u001b[0m\u001b]0;title\u0007 and \u001b[2J clear",
  "Run the tests",
];

/** The events of a whole run, in the order of time; the same ones each time. */
export function scriptedFarm({ vms, hypervisors, lanes, tasks, failEvery }: ScriptOptions): Timed[] {
  const names = Array.from({ length: vms }, (_, index) => vmName(index));
  const free = new Map<string, number[]>();
  const timed: Timed[] = [
    {
      at: 0,
      event: {
        type: "run-started",
        run: "run1",
        project: "demo",
        vms: names,
        machines: [],
        runDirectory: "/runs/1",
      },
    },
  ];
  const outcomes: Outcome[] = [];
  for (const [index, vm] of names.entries()) {
    const hypervisor = `hv${(index % hypervisors) + 1}`;
    const lane = free.get(hypervisor) ?? Array.from({ length: lanes }, () => 1);
    free.set(hypervisor, lane);
    const start = Math.min(...lane);
    timed.push({
      at: 0.5,
      event: { type: "vm-placed", vm, hypervisor, domainType: "kvm", reason: "it is free" },
    });
    if (start > 1)
      timed.push({
        at: 1,
        event: { type: "vm-queued", vm, hypervisor, reason: `${lanes} VMs run there already` },
      });
    const life = oneLife(vm, hypervisor, index, tasks, (index + 1) % failEvery === 0);
    outcomes.push(life.outcome);
    timed.push(...life.events.map(({ at, event }) => ({ at: start + at, event })));
    lane[lane.indexOf(start)] = start + life.seconds;
  }
  timed.sort((a, b) => a.at - b.at);
  const end = timed.at(-1)?.at ?? 0;
  timed.push({
    at: end,
    event: { type: "run-ended", exitCode: 1, outcomes, runDirectory: "/runs/1", durationMs: end * 1000 },
  });
  return timed;
}

function oneLife(vm: string, hypervisor: string, index: number, tasks: number, fails: boolean) {
  const events: Timed[] = [];
  let at = 0;
  const say = (event: FarmEvent, seconds = 0) => {
    events.push({ at, event });
    at += seconds;
  };
  say({ type: "vm-started", vm, hypervisor });
  say({ type: "phase-started", vm, phase: "startup" });
  const step = { vm, hypervisor, phase: "startup", step: "image", detail: "https://example.org/image.qcow2" };
  say({ type: "step-started", ...step }, 0.5);
  for (let part = 1; part <= 8; part++)
    say(
      {
        type: "progress",
        vm,
        step: "fetch",
        done: part * 60 * MEBIBYTE,
        total: 480 * MEBIBYTE,
        unit: "bytes",
      },
      0.5,
    );
  say({ type: "step-ended", ...step, ok: true, durationMs: 4_500 });
  say({ type: "waiting", vm, what: "SSH on 127.0.0.1:2222", deadlineMs: 60_000 }, 5 + (index % 7));
  say({ type: "phase-ended", vm, phase: "startup", status: "passed", durationMs: 10_000 });
  say({ type: "phase-started", vm, phase: "main", file: "phases/main.yaml", tasks });
  let outcome: Outcome = { vm, kind: "passed" };
  for (let number = 0; number < tasks && outcome.kind === "passed"; number++) {
    const task = {
      vm,
      host: vm,
      phase: "main",
      task: TASK_NAMES[number % TASK_NAMES.length] ?? "",
      module: "shell",
      position: `phases/main.yaml:${number * 3 + 1}:3`,
    };
    say({ type: "task-started", ...task }, 0.5);
    for (let line = 0; line < 5; line++)
      say(
        {
          type: "task-output",
          ...{ vm, phase: "main", task: task.task },
          stream: "stdout",
          text: `compiling part ${line} of ${number} 漢字 \u001b[1mbold\u001b[0m\n`,
        },
        0.4 + (index % 3) / 10,
      );
    const isLast = fails && number === Math.floor(tasks / 2);
    const result = isLast
      ? {
          failed: true,
          msg: "non-zero return code",
          rc: 2,
          stdout: "make: all\n",
          stderr: "make: *** Error 2",
        }
      : { changed: true };
    say({ type: "task-ended", ...task, status: isLast ? "failed" : "changed", durationMs: 2_500, result });
    if (isLast)
      outcome = {
        vm,
        kind: "failed",
        phase: "main",
        task: task.task,
        message: `task '${task.task}' failed: non-zero return code`,
      };
  }
  const status = outcome.kind === "passed" ? "passed" : "failed";
  say({ type: "phase-ended", vm, phase: "main", status, durationMs: 20_000 });
  say({ type: "phase-started", vm, phase: "shutdown" }, 2);
  say({ type: "phase-ended", vm, phase: "shutdown", status: "passed", durationMs: 2_000 });
  say({ type: "vm-ended", vm, outcome, durationMs: at * 1000 });
  return { events, outcome, seconds: at };
}
