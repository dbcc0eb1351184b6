import type { FarmEvent } from "../../src/events.js";
import { UserFiles } from "../../src/load/files/user-files.js";
import { readTasks } from "../../src/tasks/read/load.js";
import { Sources } from "../../src/tasks/read/sources.js";
import { runTasks } from "../../src/tasks/run/interpreter.js";
import { Machine } from "../../src/tasks/run/machine.js";
import type { TaskRun } from "../../src/tasks/run/run.js";
import { Session } from "../../src/tasks/run/session.js";
import { World } from "../../src/tasks/run/world.js";
import type { TaskFile } from "../../src/tasks/task.js";
import type { Shell } from "../../src/transport/shell.js";
import { parseYaml } from "../../src/yaml/yaml.js";
import { type ScriptedStep, scriptedShell } from "./scripted-shell.js";

const DIRECTORY = "/project";

/** Task files in memory: `main.yaml` of a project that has nothing else. */
export const readText = (yaml: string): Promise<TaskFile> => {
  const sources = new Sources({ project: DIRECTORY, files: new UserFiles(DIRECTORY) });
  return readTasks(parseYaml(yaml, "main.yaml"), `${DIRECTORY}/main.yaml`, sources);
};

interface PlayOptions {
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly run?: Partial<TaskRun>;
  readonly world?: World;
  readonly name?: string;
  readonly shell?: Shell;
}

/** A clock on which each sleep takes its time at once. */
export function steppingClock() {
  let now = 1_000;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      now += ms;
    },
  };
}

/** A session on a machine that is not there. */
export function sessionOn(
  shell: Shell,
  { vars = {}, extra = {}, world = new World(), name = "vm" }: PlayOptions,
): Session {
  const become = { method: "sudo", user: "root", password: "pw" } as const;
  const session = new Session({
    machine: new Machine({ name, shell, become }),
    vm: name,
    variables: vars,
    extra,
    magic: { inventory_hostname: name },
    world,
    project: DIRECTORY,
    files: new UserFiles(DIRECTORY),
  });
  world.join(session);
  return session;
}

/** Runs a task file against a scripted machine. */
export async function play(yaml: string, steps: readonly ScriptedStep[] = [], options: PlayOptions = {}) {
  const shell = scriptedShell(steps);
  const events: FarmEvent[] = [];
  const session = sessionOn(options.shell ?? shell, options);
  const clock = steppingClock();
  const run = { phase: "main", emit: (event: FarmEvent) => void events.push(event), clock, ...options.run };
  const failure = await runTasks(await readText(yaml), session, run);
  shell.done();
  const ended = events.filter((event) => event.type === "task-ended");
  const messages = ended.map(({ result }) => result["msg"]);
  return { failure, shell, events, ended, messages, slept: clock.slept, registered: session.registered };
}
