import { randomBytes } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { asFarmError, describeError } from "../src/errors.js";
import { type Copier, copiers } from "./copiers.js";
import { type Machine, ownSshd, sshHost } from "./machine.js";
import { inDirectory, runProgram } from "./programs.js";

const USAGE = `Usage: bench/copy [--mib N] [--runs N] [HOST]

Copies a file of N (default 512) MiB to HOST and back, by farm's modules copy and fetch and by OpenSSH, in turns, and prints
the best of the runs (default 3) and the most memory that this process had. HOST is a name as ssh takes it; without one, an
sshd is started on this machine, which only root can. The file is written to the temporary directory of both.
`;

const MIB = 1024 * 1024;

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
    await inDirectory((directory) => compare(machine, directory, mib, runs));
  } finally {
    await machine.stop();
  }
}

async function compare(machine: Machine, directory: string, mib: number, runs: number): Promise<void> {
  const file = join(directory, "file");
  await writeRandom(file, mib);
  const before = peak();
  const all = await copiers(machine);
  try {
    show(machine.title, mib, all, await measure(all, file, mib, runs));
    process.stdout.write(`Peak memory: ${before} MiB before farm copied, ${peak()} MiB in the end.\n`);
  } finally {
    for (const { close } of all) await close();
  }
}

interface Rates {
  /** MiB a second. */
  readonly up: number;
  readonly down: number;
}

const better = (one: Rates, other: Rates): Rates => ({
  up: Math.max(one.up, other.up),
  down: Math.max(one.down, other.down),
});

const NONE: Rates = { up: 0, down: 0 };

/** The best of each. */
async function measure(
  all: readonly Copier[],
  file: string,
  mib: number,
  runs: number,
): Promise<readonly Rates[]> {
  const best = all.map(() => NONE);
  for (let run = 0; run < runs; run++)
    for (const [at, copier] of all.entries())
      best[at] = better(best[at] ?? NONE, await roundTrip(copier, file, mib));
  return best;
}

function show(title: string, mib: number, all: readonly Copier[], best: readonly Rates[]): void {
  const openSsh = best.filter((_, at) => !all[at]?.isFarm).reduce(better, NONE);
  print(`${mib} MiB, ${title}`, "up", "down");
  for (const [at, { name }] of all.entries()) {
    const { up, down } = best[at] ?? NONE;
    print(name, cell(up, openSsh.up), cell(down, openSsh.down));
  }
}

async function roundTrip(copier: Copier, file: string, mib: number): Promise<Rates> {
  const back = `${file}.back`;
  const there = `${file}.there`;
  try {
    const up = await copier.up(file, there);
    const down = await copier.down(there, back);
    await runProgram("cmp", [file, back]);
    return { up: mib / (up / 1000), down: mib / (down / 1000) };
  } finally {
    await copier.remove(there);
    await rm(back, { force: true });
  }
}

/** What nobody can make smaller on the way. */
async function writeRandom(file: string, mib: number): Promise<void> {
  const handle = await open(file, "wx");
  try {
    for (let written = 0; written < mib; written++) await handle.write(randomBytes(MIB));
  } finally {
    await handle.close();
  }
}

const peak = (): number => Math.round(process.resourceUsage().maxRSS / 1024);

/** `310 MiB/s`, and how much of OpenSSH's best that is. */
const cell = (rate: number, best: number): string =>
  `${rate.toFixed(0)} MiB/s${(rate / best).toFixed(2).padStart(6)} x`;

const print = (name: string, ...cells: readonly string[]): void =>
  void process.stdout.write(`${name.padEnd(26)}${cells.map((text) => text.padStart(22)).join("")}\n`);

main().catch((error: unknown) => {
  process.stderr.write(`${describeError(asFarmError(error))}\n`);
  process.exitCode = 1;
});
