import { spawn } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { asFarmError, describeError } from "../src/errors.js";
import { inDirectory, runProgram } from "./contenders.js";
import { withTasks } from "./farm-tasks.js";
import { type Machine, ownSshd, sshHost } from "./machine.js";

const USAGE = `Usage: bench/copy [--mib N] [HOST]

Copies a file of N MiB (default 512) to HOST and fetches it back, and prints MiB a second and the most memory that farm
had. HOST is a name as ssh takes it; without one, an sshd is started on this machine, which only root can.
`;

const MIB = 2 ** 20;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { mib: { type: "string", default: "512" }, help: { type: "boolean", short: "h" } },
    allowPositionals: true,
  });
  const mib = Number(values.mib);
  if (values.help || positionals.length > 1 || !(Number.isInteger(mib) && mib > 0)) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const [host] = positionals;
  const machine = host === undefined ? await ownSshd() : sshHost(host);
  try {
    await inDirectory((directory) => compare(machine, directory, mib));
  } finally {
    await machine.stop();
  }
}

async function compare(machine: Machine, directory: string, mib: number): Promise<void> {
  const [from, there, back] = ["from", "there", "back"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  await writeRandom(from, mib);
  const rate = async (work: () => Promise<void>) => {
    const start = performance.now();
    await work();
    return (mib * 1000) / (performance.now() - start);
  };
  const ssh = machine.ssh ?? [];
  const openSsh = [
    await rate(() => runPiped("sh", ["-c", `exec "$@" <'${from}'`, "sh", "ssh", ...ssh, `cat >${there}`])),
    await rate(() => runPiped("sh", ["-c", `exec "$@" >'${back}'`, "sh", "ssh", ...ssh, `cat ${there}`])),
  ];
  await Promise.all([there, back].map((path) => rm(path)));
  const farm = await withTasks(machine, async (run) => {
    await run([{ command: "true" }]);
    return [
      await rate(() => run([{ copy: { src: from, dest: there } }])),
      await rate(() => run([{ fetch: { src: there, dest: back, flat: true } }])),
    ];
  });
  await runProgram("cmp", [from, back]);
  print(`${mib} MiB`, ["up", "down"]);
  print("OpenSSH, cat", openSsh.map(shown));
  print(
    "farm, copy and fetch",
    farm.map((each, at) => `${shown(each)} ${(each / (openSsh[at] ?? 1)).toFixed(2)} x`),
  );
  process.stdout.write(`farm's most memory: ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB\n`);
}

const shown = (rate: number): string => `${rate.toFixed(0)} MiB/s`;

async function writeRandom(path: string, mib: number): Promise<void> {
  const file = await open(path, "w");
  try {
    for (let at = 0; at < mib; at += 1) await file.write(randomFillSync(Buffer.alloc(MIB)));
  } finally {
    await file.close();
  }
}

function runPiped(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`)),
    );
  });
}

const print = (name: string, cells: readonly string[]): void =>
  void process.stdout.write(`${name.padEnd(26)}${cells.map((text) => text.padStart(22)).join("")}\n`);

main().catch((error: unknown) => {
  process.stderr.write(`${describeError(asFarmError(error))}\n`);
  process.exitCode = 1;
});
