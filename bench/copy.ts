import { randomFillSync } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runProgram } from "./contenders.js";
import { withTasks } from "./farm-tasks.js";
import { inDirectory } from "./in-directory.js";
import { type Machine, ownSshd, sshHost } from "./machine.js";
import { start } from "./start.js";

const USAGE = `Usage: bench/copy [--mib N] [--runs N] [HOST]

Copies a file of N MiB (default 512) to HOST and fetches it back, by OpenSSH and by farm in turns, and prints the best of
the runs (default 3) in MiB a second, and the most memory that farm had. HOST is a name as ssh takes it; without one, an
sshd is started on this machine, which only root can. The file lies in the temporary directories of both.
`;

const MIB = 2 ** 20;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      mib: { type: "string", default: "512" },
      runs: { type: "string", default: "3" },
      help: { type: "boolean", short: "h" },
    },
    allowPositionals: true,
  });
  const [mib, runs] = [Number(values.mib), Number(values.runs)];
  if (values.help || positionals.length > 1 || ![mib, runs].every((n) => Number.isInteger(n) && n > 0)) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const [host] = positionals;
  const machine = host === undefined ? await ownSshd() : sshHost(host);
  try {
    await inDirectory((directory) => compare(machine, join(directory, "file"), mib, runs));
  } finally {
    await machine.stop();
  }
}

async function compare(machine: Machine, file: string, mib: number, runs: number): Promise<void> {
  await writeRandom(file, mib);
  const best = await withTasks(machine, async (run) => {
    const copiers = [...openSshCopiers(machine.ssh ?? []), farmCopier(run)];
    const rates = copiers.map(({ name }) => ({ name, up: 0, down: 0 }));
    const there = `/tmp/farm-bench-${process.pid}`;
    for (let done = 0; done < runs; done += 1)
      for (const [at, copier] of copiers.entries()) {
        const { up, down } = await roundTrip(copier, file, there, mib);
        const rate = rates[at];
        if (rate) Object.assign(rate, { up: Math.max(up, rate.up), down: Math.max(down, rate.down) });
        await run([{ file: { path: there, state: "absent" } }]);
      }
    return rates;
  });
  const openSsh = best.slice(0, -1);
  const most = {
    up: Math.max(...openSsh.map(({ up }) => up)),
    down: Math.max(...openSsh.map(({ down }) => down)),
  };
  print(`${mib} MiB, ${machine.title}`, ["up", "down"]);
  for (const { name, up, down } of best) print(name, [shown(up, most.up), shown(down, most.down)]);
  process.stdout.write(`farm's most memory: ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB\n`);
}

/** MiB a second. */
const shown = (rate: number, best: number): string =>
  `${rate.toFixed(0)} MiB/s${(rate / best).toFixed(2).padStart(6)} x`;

interface Copier {
  readonly name: string;
  up(file: string, there: string): Promise<void>;
  down(there: string, file: string): Promise<void>;
}

function openSshCopiers(ssh: readonly string[]): Copier[] {
  const host = ssh.at(-1) ?? "";
  const scp = ["-q", ...ssh.slice(0, -1).map((word) => (word === "-p" ? "-P" : word))];
  const cat = (redirection: string, file: string, command: string) =>
    runProgram("sh", ["-c", `exec "$@" ${redirection}"$0"`, file, "ssh", ...ssh, command]);
  return [
    {
      name: "OpenSSH, ssh cat",
      up: (file, there) => cat("<", file, `cat >${there}`),
      down: (there, file) => cat(">", file, `cat ${there}`),
    },
    {
      name: "OpenSSH, scp",
      up: (file, there) => runProgram("scp", [...scp, file, `${host}:${there}`]),
      down: (there, file) => runProgram("scp", [...scp, `${host}:${there}`, file]),
    },
  ];
}

const farmCopier = (run: (tasks: readonly object[]) => Promise<void>): Copier => ({
  name: "farm, copy and fetch",
  up: (src, dest) => run([{ copy: { src, dest } }]),
  down: (src, dest) => run([{ fetch: { src, dest, flat: true } }]),
});

async function roundTrip(
  copier: Copier,
  file: string,
  there: string,
  mib: number,
): Promise<{ up: number; down: number }> {
  const back = `${file}.back`;
  const rate = async (work: () => Promise<void>) => {
    const start = performance.now();
    await work();
    return (mib * 1000) / (performance.now() - start);
  };
  try {
    const up = await rate(() => copier.up(file, there));
    const down = await rate(() => copier.down(there, back));
    await runProgram("cmp", [file, back]);
    return { up, down };
  } finally {
    await rm(back, { force: true });
  }
}

async function writeRandom(path: string, mib: number): Promise<void> {
  const file = await open(path, "w");
  try {
    for (let at = 0; at < mib; at += 1) await file.write(randomFillSync(Buffer.alloc(MIB)));
  } finally {
    await file.close();
  }
}

const print = (name: string, cells: readonly string[]): void =>
  void process.stdout.write(`${name.padEnd(26)}${cells.map((text) => text.padStart(22)).join("")}\n`);

start(main);
