import { type SpawnOptions, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { persistentShell } from "../src/transport/persistent/persistent-shell.js";
import type { Shell } from "../src/transport/shell.js";
import { farmTasks } from "./farm-tasks.js";
import { inDirectory } from "./in-directory.js";
import type { Machine } from "./machine.js";

export interface Contender {
  readonly name: string;
  /** Milliseconds for one of `count` warm tasks: connecting and starting up do not count. A reason where it cannot. */
  measure(machine: Machine, count: number): Promise<number | string>;
}

/** All that run the task `true`, the first one being who is compared with. */
export const contenders: readonly Contender[] = [
  { name: "farm, whole tasks", measure: farmTasks },
  { name: "farm, a shell that stays", measure: (machine, count) => farm(machine, count, persistentShell) },
  { name: "farm, each by itself", measure: (machine, count) => farm(machine, count, (shell) => shell) },
  { name: "OpenSSH, multiplexed loop", measure: openSsh },
  { name: "Ansible, pipelining", measure: ansible },
];

async function farm(machine: Machine, count: number, wrap: (shell: Shell) => Shell): Promise<number> {
  const shell = wrap(await machine.connect());
  const task = async () => {
    const { code, stderr } = await shell.run({ argv: ["true"] });
    if (code !== 0) throw new Error(`'true' ended with ${code}: ${stderr}`);
  };
  try {
    await task();
    return await timed(count, task);
  } finally {
    await shell.close();
  }
}

async function openSsh({ ssh }: Machine, count: number): Promise<number | string> {
  if (!ssh) return "-";
  return inDirectory(async (directory) => {
    const path = ["-o", `ControlPath=${join(directory, "mux")}`];
    await runProgram("ssh", ["-o", "ControlMaster=yes", "-o", "ControlPersist=yes", ...path, ...ssh, "true"]);
    try {
      return await timed(count, () => runProgram("ssh", [...path, ...ssh, "true"]));
    } finally {
      await runProgram("ssh", [...path, "-O", "exit", ...ssh]);
    }
  });
}

/** The longer of two plays less the shorter one: what a task costs once the play runs. */
async function ansible(machine: Machine, count: number): Promise<number | string> {
  try {
    await runProgram("ansible-playbook", ["--version"]);
  } catch {
    return "not installed";
  }
  return inDirectory(async (directory) => {
    const [one, many] = [await play(directory, machine, 1), await play(directory, machine, count + 1)];
    return (many - one) / count;
  });
}

async function play(directory: string, machine: Machine, count: number): Promise<number> {
  const [inventory, playbook] = [join(directory, "hosts.json"), join(directory, "tasks.json")];
  const task = {
    name: "true",
    command: "true",
    loop: `{{ range(0, ${count}) | list }}`,
    changed_when: false,
  };
  const hosts = { bench: { ansible_python_interpreter: "auto_silent", ...machine.ansible } };
  await writeFile(inventory, JSON.stringify({ all: { hosts } }));
  await writeFile(playbook, JSON.stringify([{ hosts: "all", gather_facts: false, tasks: [task] }]));
  const env = {
    ...process.env,
    ANSIBLE_PIPELINING: "1",
    ANSIBLE_SSH_ARGS: "-o ControlMaster=auto -o ControlPersist=5s",
    ANSIBLE_SSH_CONTROL_PATH_DIR: directory,
  };
  return timed(1, () => runProgram("ansible-playbook", ["-i", inventory, playbook], { env }));
}

async function timed(count: number, task: () => Promise<void>): Promise<number> {
  const start = performance.now();
  for (let done = 0; done < count; done += 1) await task();
  return (performance.now() - start) / count;
}

/** Its output is shown only when it fails. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<void> {
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      said = (said + chunk).slice(-2000);
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    // Not "close": ssh's master keeps the output open.
    child.once("exit", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ended with ${code}\n${said}`));
    });
  });
}
