import { systemClock } from "../src/clock.js";
import { UserFiles } from "../src/load/user-files.js";
import { readTasks } from "../src/tasks/read/load.js";
import { Sources } from "../src/tasks/read/sources.js";
import { runTasks } from "../src/tasks/run/interpreter.js";
import { Machine as TaskMachine } from "../src/tasks/run/machine.js";
import { Session } from "../src/tasks/run/session.js";
import { World } from "../src/tasks/run/world.js";
import { persistentShell } from "../src/transport/persistent-shell.js";
import type { Machine } from "./machine.js";

/** Milliseconds for one of `count` tasks `command: "true"`, as `farm apply` runs them: arguments, events, results and all. */
export async function farmTasks(machine: Machine, count: number): Promise<number> {
  const shell = persistentShell(await machine.connect());
  const files = new UserFiles("/");
  const sources = new Sources({ project: "/", files });
  const tasks = (n: number) =>
    readTasks(
      Array.from({ length: n }, () => ({ command: "true" })),
      "/bench.yaml",
      sources,
    );
  const session = new Session({
    machine: new TaskMachine({ name: "bench", shell, become: { method: "sudo", user: "root" } }),
    vm: "bench",
    variables: {},
    extra: {},
    magic: {},
    world: new World(),
    project: "/",
    files,
  });
  const run = { phase: "bench", emit: () => undefined, clock: systemClock };
  try {
    await runTasks(await tasks(1), session, run);
    const many = await tasks(count);
    const start = performance.now();
    const failure = await runTasks(many, session, run);
    if (failure) throw new Error(failure.message);
    return (performance.now() - start) / count;
  } finally {
    await session.end();
    await shell.close();
  }
}
