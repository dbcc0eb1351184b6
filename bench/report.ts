import { stat } from "node:fs/promises";
import { join } from "node:path";
import { writeReport } from "../src/report/html/write-report.js";
import { type ScriptedVm, writeScriptedRun } from "../test/lab/written-run.js";
import { inDirectory } from "./in-directory.js";
import { start } from "./start.js";

/** Each with 20 tasks of 1 KiB of output, and an earlier run to compare with; writing them is not measured. */
const VMS = 500;
const TASKS = 20;
const PLATFORMS = 100;
const OUTPUT = "a line of a test's output, <as> long as most are\n".repeat(20);

const vms: ScriptedVm[] = Array.from({ length: VMS }, (_, index) => ({
  platform: `platform_${index % PLATFORMS}`,
  target: `target_${Math.floor(index / PLATFORMS)}`,
  hypervisor: `hypervisor_${index % 20}`,
  start: index * 100,
  pace: 1_000,
  tasks: Array.from({ length: TASKS }, (_, task) => ({
    name: `task ${task}`,
    stdout: OUTPUT,
    failed: index % 25 === 0 && task === TASKS - 1,
  })),
}));

start(async () => {
  const [command, given] = process.argv.slice(2);
  if (command === "write" && given !== undefined) return write(given);
  if (command === "measure" && given !== undefined) return measure(given);
  await inDirectory(async (directory) => {
    const { execFileSync } = await import("node:child_process");
    const own = process.argv[1] ?? "";
    for (const step of ["write", "measure"])
      process.stdout.write(execFileSync(process.execPath, [own, step, directory]));
  });
});

async function write(runs: string): Promise<void> {
  const script = { project: "bench", begin: Date.UTC(2026, 10, 27), vms };
  for (const run of ["20261126-070000-aaaa", "20261127-070000-bbbb"])
    await writeScriptedRun(runs, { ...script, run });
}

async function measure(runs: string): Promise<void> {
  const warn = (warning: string) => process.stderr.write(`${warning}\n`);
  const output = join(runs, "out");
  const runDirectory = join(runs, "20261127-070000-bbbb");
  const file = await writeReport({ runDirectory, output, runsDirectory: () => runs, warn });
  const { user, system } = process.cpuUsage();
  const memory = process.resourceUsage().maxRSS / 1024;
  const { size } = await stat(file);
  process.stdout.write(
    `${VMS} VMs: ${((user + system) / 1e6).toFixed(2)} s of CPU, ${memory.toFixed(0)} MiB, a file of ${(size / 2 ** 20).toFixed(1)} MiB\n`,
  );
}
