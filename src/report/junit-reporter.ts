import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Reporter } from "./emitter.js";
import { attemptsOf, type JunitSuite, junitSuite, type TaskEnded } from "./junit-model.js";
import { junitXml } from "./junit-xml.js";

/**
 * A suite a VM, a case a task. What the guest said no to is a `failure`; what farm could not do is an `error`, in a case
 * called after the phase. Attempts before the last are there as Surefire tells them.
 */
export function junitReporter(file: string): Reporter {
  const tasks = new Map<string, TaskEnded[][]>();
  const suites: JunitSuite[] = [];
  return {
    on: (event) => {
      if (event.type === "task-ended") {
        const attempts = tasks.get(event.vm) ?? [[]];
        attempts.at(-1)?.push(event);
        tasks.set(event.vm, attempts);
      }
      if (event.type === "vm-retried") tasks.set(event.vm, [...(tasks.get(event.vm) ?? [[]]), []]);
      if (event.type === "vm-ended") {
        const attempts = attemptsOf(event.outcome, tasks.get(event.vm) ?? []);
        suites.push(junitSuite(event.outcome, attempts, event.durationMs));
        tasks.delete(event.vm);
      }
    },
    close: async () => {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(`${file}.part`, junitXml(suites));
      await rename(`${file}.part`, file);
    },
  };
}
