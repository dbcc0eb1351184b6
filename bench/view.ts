import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Reporter } from "../src/report/emitter.js";
import { writeReport } from "../src/report/html/write-report.js";
import { glyphsFor } from "../src/report/live/glyphs.js";
import { liveReporter } from "../src/report/live/live-reporter.js";
import { logDirectory } from "../src/report/log-directory.js";
import { scriptedFarm } from "../test/fakes/scripted-farm.js";
import { inDirectory } from "./in-directory.js";
import { start } from "./start.js";

const USAGE = `Usage: bench/view [--vms N] [--fps N] [--report]

Shows a scripted run of N (default 500) VMs on 20 hypervisors through the live view, on a terminal of 160 by 50 that nobody sees, with
N (default 1) frames for each second of the run. Prints the processor time and the most memory. With --report the events are written down as
well, as a run's are, and the HTML report is made of them in the end.
`;

const MEBIBYTE = 2 ** 20;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      vms: { type: "string", default: "500" },
      fps: { type: "string", default: "1" },
      report: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  const [vms, fps] = [Number(values.vms), Number(values.fps)];
  if (values.help || ![vms, fps].every((count) => Number.isInteger(count) && count > 0)) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  let [bytes, frames, now] = [0, 0, 0];
  let tick = (): void => undefined;
  const terminal = {
    columns: 160,
    rows: 50,
    write: (text: string) => {
      bytes += text.length;
    },
    on: () => undefined,
    off: () => undefined,
  };
  const reporter = liveReporter(terminal, {
    color: true,
    glyphs: glyphsFor({ LANG: "C.UTF-8" }),
    detail: "beside-live",
    now: () => now,
    every: (_, callback) => {
      tick = callback;
      return () => undefined;
    },
  });
  // The packages are loaded before the first event of a real run, too.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const script = scriptedFarm({ vms, hypervisors: 20, lanes: 4, tasks: 6, failEvery: 9 });
  const show = async (...reporters: readonly Reporter[]) => {
    for (const { at, event } of script) {
      for (; now + 1000 / fps <= at * 1000; now += 1000 / fps, frames++) {
        tick();
        // As in a run, there is time to write.
        await new Promise(setImmediate);
      }
      for (const each of reporters) each.on(event, new Date(at * 1000));
    }
    for (const each of reporters) await each.close?.();
  };
  if (values.report)
    await inDirectory((directory) => showAndReport(directory, (logs) => show(reporter, logs)));
  else await show(reporter);
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const seconds = (userCPUTime + systemCPUTime) / 1e6;
  const counts = `${vms} VMs, ${script.length} events, ${frames} frames, ${(bytes / MEBIBYTE).toFixed(1)} MiB for the terminal`;
  process.stdout.write(`${counts}: ${seconds.toFixed(2)} s, ${(maxRSS / 1024).toFixed(0)} MiB\n`);
}

async function showAndReport(runs: string, show: (logs: Reporter) => Promise<void>): Promise<void> {
  const runDirectory = join(runs, "run1");
  await show(logDirectory(runDirectory, "demo"));
  const warn = (text: string) => process.stderr.write(text);
  await writeReport({ runDirectory, output: join(runs, "out"), runsDirectory: () => runs, warn });
}

start(main);
