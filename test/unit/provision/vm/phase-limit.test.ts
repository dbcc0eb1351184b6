import { EventEmitter, once } from "node:events";
import { expect, test } from "vitest";
import { InterruptedError, RunLimitError } from "../../../../src/errors.js";
import type { FarmEvent } from "../../../../src/events.js";
import type { FilePhase } from "../../../../src/phases.js";
import { Overrun, withinLimit } from "../../../../src/provision/vm/phase-limit.js";
import { runTasks } from "../../../../src/tasks/run/interpreter.js";
import { World } from "../../../../src/tasks/run/world.js";
import type { Shell } from "../../../../src/transport/shell.js";
import { handClock } from "../../../fakes/hand-clock.js";
import { readText, sessionOn } from "../../../fakes/play.js";
import { scriptedShell } from "../../../fakes/scripted-shell.js";

/** A machine whose commands end when they are told to; `hang` does not end by itself. */
function hangingShell(): { shell: Shell; hangs: Promise<unknown> } {
  const begun = new EventEmitter();
  const hangs = once(begun, "hang");
  const shell: Shell = {
    ...scriptedShell([]),
    run: ({ argv }, { signal } = {}) =>
      argv[0] === "hang"
        ? new Promise((_, reject) => {
            signal?.addEventListener("abort", () => reject(new InterruptedError("'hang' was interrupted")));
            begun.emit("hang");
          })
        : Promise.resolve({ code: 0, stdout: "", stderr: "" }),
  };
  return { shell, hangs };
}

const LIMIT = { ms: 60_000, from: "phase_timeout.main at inv.yaml:3:7" };

/** A phase of which one command hangs. */
function hanging(yaml: string, phase: FilePhase = "main", limit: typeof LIMIT | undefined = LIMIT) {
  const clock = handClock();
  const stop = new AbortController();
  const events: FarmEvent[] = [];
  const { shell, hangs } = hangingShell();
  const run = { clock, stop: stop.signal, emit: (event: FarmEvent) => void events.push(event) };
  const ended = withinLimit(phase, limit, run, async (watched) =>
    runTasks(await readText(yaml), sessionOn(shell, {}), { phase, clock, ...watched }),
  );
  const tasks = () =>
    events.flatMap((event) =>
      event.type === "task-ended" ? [[event.task, event.status, event.interrupted, event.result["msg"]]] : [],
    );
  return { ended, clock, stop, hangs, tasks };
}

test("the task at work ends with the phase's time; nothing rescues, ignores or follows it", async () => {
  const { ended, clock, hangs, tasks } = hanging(`
- block:
    - name: Build
      command: hang
      ignore_errors: true
  rescue: [{ name: Rescue, command: ok }]
  always: [{ name: Always, command: ok }]
- { name: Next, command: ok }
`);
  await hangs;
  clock.pass(59_999);
  expect(tasks()).toEqual([]);
  clock.pass(1);
  const limit = "phase 'main' did not end within 1 min 00 s (phase_timeout.main at inv.yaml:3:7)";
  expect(await ended).toEqual(
    new Overrun(
      "Build",
      `${limit}; task 'Build' was ended (a larger phase_timeout gives it more time, a task's own 'timeout' finds the slow one)`,
    ),
  );
  expect(tasks()).toEqual([["Build", "failed", undefined, limit]]);
  expect(clock.sleepers).toBe(0);
});

test("the wait for the next try of a task ends as well", async () => {
  const { ended, clock, tasks } = hanging(
    "- { name: Try, command: ok, register: r, until: false, retries: 9, delay: 600 }\n",
  );
  await expect.poll(() => clock.sleepers).toBe(2);
  clock.pass(60_000);
  expect(await ended).toMatchObject({ task: "Try" });
  expect(tasks()).toEqual([["Try", "failed", undefined, expect.stringContaining("did not end")]]);
});

test("a phase that ends in time leaves no timer", async () => {
  const { ended, clock } = hanging("- command: ok\n");
  expect(await ended).toBeUndefined();
  expect(clock.sleepers).toBe(0);
});

test("Ctrl-C before the time is over is an interruption", async () => {
  const { ended, clock, stop, hangs, tasks } = hanging("- { name: Build, command: hang }\n");
  await hangs;
  stop.abort(new InterruptedError("interrupted"));
  clock.pass(60_000);
  await expect(ended).rejects.toThrow("'hang' was interrupted");
  expect(tasks()).toEqual([["Build", "failed", true, "'hang' was interrupted"]]);
});

test("terminate goes on after Ctrl-C, and has a time of its own", async () => {
  const { ended, clock, stop, hangs, tasks } = hanging("- { name: Bye, command: hang }\n", "terminate");
  stop.abort(new InterruptedError("interrupted"));
  await hangs;
  expect(tasks()).toEqual([]);
  clock.pass(60_000);
  expect(await ended).toMatchObject({ task: "Bye" });
});

test.each(["before", "while"])(
  "terminate without a limit has 5 minutes where the run's time is over %s it runs",
  async (when) => {
    const clock = handClock();
    const stop = new AbortController();
    const over = () => stop.abort(new RunLimitError("the run did not end within 1 h"));
    if (when === "before") over();
    const { shell, hangs } = hangingShell();
    const run = { clock, stop: stop.signal, emit: () => undefined };
    const ended = withinLimit("terminate", undefined, run, async (watched) =>
      runTasks(await readText("- command: hang\n"), sessionOn(shell, {}), {
        phase: "terminate",
        clock,
        ...watched,
      }),
    );
    await hangs;
    if (when === "while") over();
    clock.pass(299_999);
    expect(clock.sleepers).toBe(1);
    clock.pass(1);
    expect(await ended).toMatchObject({ message: expect.stringContaining("within 5 min 00 s") });
  },
);

test("who waits for what another machine does once ends with its own time; the other one's end is a failure for who has time left", async () => {
  const file = await readText("- { name: Once, command: hang, run_once: true }\n");
  const clock = handClock();
  const world = new World();
  const { shell, hangs } = hangingShell();
  const run = { clock, stop: new AbortController().signal, emit: () => undefined };
  const on = (name: string, ms: number) =>
    withinLimit("main", { ms, from: "phase_timeout" }, run, (watched) =>
      runTasks(file, sessionOn(shell, { name, world }), { phase: "main", clock, ...watched }),
    );
  const worker = on("worker", 60_000);
  await hangs;
  const hasty = on("hasty", 1_000);
  const patient = on("patient", 90_000);
  clock.pass(1_000);
  expect(await hasty).toBeInstanceOf(Overrun);
  clock.pass(59_000);
  expect(await worker).toBeInstanceOf(Overrun);
  expect(await patient).toEqual({
    task: "Once",
    message: "run_once: another machine did it, and 'hang' was interrupted",
  });
});
