import { execFile, execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { systemClock } from "../../src/clock.js";
import { asFarmError } from "../../src/errors.js";
import type { FarmEvent } from "../../src/events.js";
import { UserFiles } from "../../src/load/files/user-files.js";
import { loadTaskFile } from "../../src/tasks/read/load.js";
import { Sources } from "../../src/tasks/read/sources.js";
import { runTasks } from "../../src/tasks/run/interpreter.js";
import { Machine } from "../../src/tasks/run/machine.js";
import { Session } from "../../src/tasks/run/session.js";
import { World } from "../../src/tasks/run/world.js";
import { localShell } from "../../src/transport/local-shell.js";
import type { Shell } from "../../src/transport/shell.js";

/** How one task of a playbook ended. */
export interface PlayedTask {
  readonly task: string;
  readonly status: "ok" | "changed" | "failed" | "skipped";
  readonly ignored: boolean;
  readonly result: Readonly<Record<string, unknown>>;
}

const PLUGINS = join(import.meta.dirname, "ansible");

/** Whether Debian's ansible is on this machine. */
export const hasAnsible = (() => {
  try {
    execFileSync("ansible-playbook", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

interface PlayOptions {
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly check?: boolean;
  /** Runs in another view of this machine: what is put before ansible-playbook's command, or the shell that farm uses. */
  readonly enter?: readonly string[];
  readonly shell?: Shell;
}

/** Plays a playbook on localhost with Ansible. */
export async function playWithAnsible(
  file: string,
  { vars = {}, check = false, enter = [] }: PlayOptions,
): Promise<PlayedTask[]> {
  const [program = "ansible-playbook", ...args] = [
    ...enter,
    "ansible-playbook",
    "-i",
    "localhost,",
    "-c",
    "local",
    "-e",
    JSON.stringify(vars),
    ...(check ? ["--check"] : []),
    file,
  ];
  const env = {
    ...process.env,
    ANSIBLE_CALLBACK_PLUGINS: PLUGINS,
    ANSIBLE_STDOUT_CALLBACK: "lines",
    ANSIBLE_GATHERING: "explicit",
    ANSIBLE_JINJA2_NATIVE: "1",
    ANSIBLE_PYTHON_INTERPRETER: "/usr/bin/python3",
    ANSIBLE_RETRY_FILES_ENABLED: "0",
    ANSIBLE_LOCALHOST_WARNING: "0",
    // Half as many processes a task; what comes of it is the same.
    ANSIBLE_PIPELINING: "1",
    LC_ALL: "C.UTF-8",
  };
  const options = { env, cwd: dirname(file), maxBuffer: 64 * 2 ** 20 };
  const { stdout } = await promisify(execFile)(program, args, options).catch(
    (error: { stdout?: string; stderr?: string; message: string }) => {
      if (error.stdout?.includes("\n@") || error.stdout?.startsWith("@")) return { stdout: error.stdout };
      throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`);
    },
  );
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("@"))
    .map((line) => JSON.parse(line.slice(1)) as PlayedTask);
}

/** Plays the same with farm. An error that ends the run is the last task's failure already. */
export async function playWithFarm(
  file: string,
  { vars = {}, check = false, shell = localShell({ name: "localhost" }) }: PlayOptions,
): Promise<PlayedTask[]> {
  const files = new UserFiles(process.cwd());
  const sources = new Sources({ project: dirname(file), files });
  const taskFile = await loadTaskFile(file, sources);
  const machine = new Machine({ name: "localhost", shell, become: { method: "sudo", user: "root" } });
  const world = new World({
    hosts: new Map([["localhost", { variables: {}, groups: ["all", "ungrouped"] }]]),
  });
  const magic = { inventory_hostname: "localhost", inventory_hostname_short: "localhost" };
  const session = new Session({
    machine,
    vm: "localhost",
    variables: {},
    extra: vars,
    magic,
    world,
    project: dirname(file),
    files,
  });
  world.join(session);
  const events: FarmEvent[] = [];
  try {
    await runTasks(taskFile, session, {
      phase: "apply",
      emit: (event) => void events.push(event),
      clock: systemClock,
      check,
    });
  } catch (thrown) {
    if (asFarmError(thrown).exitCode !== 2) throw thrown;
  } finally {
    await session.end();
    await shell.close();
  }
  return events.flatMap((event) =>
    event.type === "task-ended"
      ? [{ task: event.task, status: event.status, ignored: event.ignored ?? false, result: event.result }]
      : [],
  );
}
