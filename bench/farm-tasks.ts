import { systemClock } from "../src/clock.js";
import { UserFiles } from "../src/load/files/user-files.js";
import { readTasks } from "../src/tasks/read/load.js";
import { Sources } from "../src/tasks/read/sources.js";
import { runTasks } from "../src/tasks/run/interpreter.js";
import { Machine as TaskMachine } from "../src/tasks/run/machine.js";
import { Session } from "../src/tasks/run/session.js";
import { World } from "../src/tasks/run/world.js";
import { persistentShell } from "../src/transport/persistent/persistent-shell.js";
import type { Machine } from "./machine.js";

/** Milliseconds for one of `count` tasks `command: "true"`, as `farm apply` runs them: arguments, events, results and all. */
export const farmTasks = (machine: Machine, count: number): Promise<number> =>
  withTasks(machine, async (run) => {
    await run([{ command: "true" }]);
    const many = Array.from({ length: count }, () => ({ command: "true" }));
    const start = performance.now();
    await run(many);
    return (performance.now() - start) / count;
  });

/** Gives a way to run tasks on a machine as `farm apply` does, through one connection. */
export async function withTasks<T>(
  machine: Machine,
  use: (run: (tasks: readonly object[]) => Promise<void>) => Promise<T>,
): Promise<T> {
  const shell = persistentShell(await machine.connect());
  const files = new UserFiles("/");
  const sources = new Sources({ project: "/", files });
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
    return await use(async (tasks) => {
      const failure = await runTasks(await readTasks(tasks, "/bench.yaml", sources), session, run);
      if (failure) throw new Error(failure.message);
    });
  } finally {
    await session.end();
    await shell.close();
  }
}
