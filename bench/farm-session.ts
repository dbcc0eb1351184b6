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

/** Milliseconds for tasks, as `farm apply` runs them: arguments, events, results and all. */
export type RunTasks = (tasks: readonly Readonly<Record<string, unknown>>[]) => Promise<number>;

/** Farm, connected to a machine. */
export interface Farm {
  readonly run: RunTasks;
  close(): Promise<void>;
}

export async function openFarm(machine: Machine): Promise<Farm> {
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
  const how = { phase: "bench", emit: () => undefined, clock: systemClock };
  return {
    async run(tasks) {
      const read = await readTasks([...tasks], "/bench.yaml", sources);
      const start = performance.now();
      const failure = await runTasks(read, session, how);
      if (failure) throw new Error(failure.message);
      return performance.now() - start;
    },
    async close() {
      await session.end();
      await shell.close();
    },
  };
}
