import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFarm } from "./farm-session.js";
import type { Machine } from "./machine.js";
import { runProgram } from "./programs.js";

/** Somebody who copies a file to a machine and back. Milliseconds; connecting does not count. */
export interface Copier {
  readonly name: string;
  readonly isFarm: boolean;
  up(file: string, there: string): Promise<number>;
  down(there: string, file: string): Promise<number>;
  /** Takes away what `up` made. */
  remove(there: string): Promise<void>;
  close(): Promise<void>;
}

/** All of them, connected. */
export async function copiers(machine: Machine): Promise<Copier[]> {
  const farm = await farmCopier(machine);
  return machine.ssh ? [farm, ...(await openSshCopiers(machine.ssh))] : [farm];
}

async function farmCopier(machine: Machine): Promise<Copier> {
  const { run, close } = await openFarm(machine);
  return {
    name: "farm, copy and fetch",
    isFarm: true,
    up: (src, dest) => run([{ copy: { src, dest } }]),
    down: (src, dest) => run([{ fetch: { src, dest, flat: true } }]),
    remove: async (path) => void (await run([{ file: { path, state: "absent" } }])),
    close,
  };
}

/** Both over one connection that is there already. */
async function openSshCopiers(ssh: readonly string[]): Promise<Copier[]> {
  const directory = await mkdtemp(join(tmpdir(), "farm-bench-"));
  const path = ["-o", `ControlPath=${join(directory, "mux")}`];
  const host = ssh.at(-1) ?? "";
  await runProgram("ssh", ["-o", "ControlMaster=yes", "-o", "ControlPersist=yes", ...path, ...ssh, "true"]);
  const options = [...path, ...ssh.slice(0, -1)];
  const scp = options.map((word) => (word === "-p" ? "-P" : word));
  const remove = (there: string) => runProgram("ssh", [...options, host, `rm -f ${there}`]);
  const stop = async () => {
    await runProgram("ssh", [...path, "-O", "exit", ...ssh]);
    await rm(directory, { recursive: true, force: true });
  };
  return [
    {
      name: "OpenSSH, scp",
      isFarm: false,
      up: (file, there) => timed(() => runProgram("scp", ["-q", ...scp, file, `${host}:${there}`])),
      down: (there, file) => timed(() => runProgram("scp", ["-q", ...scp, `${host}:${there}`, file])),
      remove,
      close: stop,
    },
    {
      name: "OpenSSH, ssh cat",
      isFarm: false,
      up: (file, there) => timed(() => piped([...options, host, `cat >${there}`], file, "stdin")),
      down: (there, file) => timed(() => piped([...options, host, `cat ${there}`], file, "stdout")),
      remove,
      close: async () => undefined,
    },
  ];
}

/** `ssh` with a file as its input or output. */
async function piped(words: readonly string[], file: string, end: "stdin" | "stdout"): Promise<void> {
  const handle = await open(file, end === "stdin" ? "r" : "w");
  try {
    const [stdin, stdout] = end === "stdin" ? [handle.fd, "ignore" as const] : ["ignore" as const, handle.fd];
    const [code] = await once(spawn("ssh", words, { stdio: [stdin, stdout, "inherit"] }), "exit");
    if (code !== 0) throw new Error(`ssh ended with ${code}`);
  } finally {
    await handle.close();
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
