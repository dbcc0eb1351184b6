import { parseArgs } from "node:util";
import { contenders } from "./contenders.js";
import { localhost, type Machine, ownSshd, sshHost } from "./machine.js";
import { start } from "./start.js";

const USAGE = `Usage: bench/tasks [--count N] [HOST]

Runs N (default 200) warm tasks \`true\` on this machine and on HOST, one after the other, and prints what one costs.
HOST is a name as ssh takes it; without one, an sshd is started on this machine, which only root can.
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { count: { type: "string", default: "200" }, help: { type: "boolean", short: "h" } },
    allowPositionals: true,
  });
  const count = Number(values.count);
  if (values.help || positionals.length > 1 || !(Number.isInteger(count) && count > 0)) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const [host] = positionals;
  const machines = [localhost, host === undefined ? await ownSshd() : sshHost(host)];
  try {
    await compare(machines, count);
  } finally {
    for (const machine of machines) await machine.stop();
  }
}

async function compare(machines: readonly Machine[], count: number): Promise<void> {
  print(
    `${count} tasks`,
    machines.map(({ title }) => title),
  );
  const best: (number | string)[] = [];
  for (const { name, measure } of contenders) {
    const cells: string[] = [];
    for (const [at, machine] of machines.entries()) {
      const cost = await measure(machine, count);
      best[at] ??= cost;
      cells.push(cell(cost, best[at]));
    }
    print(name, cells);
  }
}

/** `1.4 ms`, and how many times the first contender's cost that is. */
function cell(cost: number | string, first: number | string): string {
  if (typeof cost === "string") return cost;
  const times = typeof first === "number" ? ` ${(cost / first).toFixed(1)} x` : "";
  return `${cost.toFixed(2)} ms${times.padStart(9)}`;
}

const print = (name: string, cells: readonly string[]): void =>
  void process.stdout.write(`${name.padEnd(26)}${cells.map((text) => text.padStart(22)).join("")}\n`);

start(main);
