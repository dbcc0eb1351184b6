import { openFarm } from "./farm-session.js";
import type { Machine } from "./machine.js";

/** Milliseconds for one of `count` tasks `command: "true"`. */
export async function farmTasks(machine: Machine, count: number): Promise<number> {
  const { run, close } = await openFarm(machine);
  const tasks = (n: number) => Array.from({ length: n }, () => ({ command: "true" }));
  try {
    await run(tasks(1));
    return (await run(tasks(count))) / count;
  } finally {
    await close();
  }
}
