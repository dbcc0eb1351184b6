import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { eachPastRun } from "../run-history.js";
import { compareRuns, type Difference } from "./compare-runs.js";
import { type Past, reportPage } from "./page.js";
import { readRun } from "./read-run.js";
import type { RunRecord } from "./run-record.js";
import { type RunTrace, traceOf } from "./trends.js";

/** As many earlier runs are looked at. */
const MOST_RUNS = 19;

export interface ReportRequest {
  readonly runDirectory: string;
  /** Made where missing; the report is its `index.html`. */
  readonly output: string;
  /** Where the earlier runs of a project are. */
  readonly runsDirectory: (project: string) => string;
  readonly warn: (warning: string) => void;
}

/** Makes the HTML report of a run from its directory. @returns the file's path */
export async function writeReport(request: ReportRequest): Promise<string> {
  const { runDirectory, output, runsDirectory, warn } = request;
  const record = await readRun(runDirectory);
  const past = await pastOf(record, runsDirectory(record.project), warn);
  const file = join(output, "index.html");
  await mkdir(output, { recursive: true });
  await writePieces(`${file}.part`, reportPage(record, traceOf(record), past));
  await rename(`${file}.part`, file);
  return file;
}

const AT_ONCE = 256 * 1024;

/** No more of them than one write takes are in memory at a time. */
async function writePieces(path: string, pieces: Iterable<string>): Promise<void> {
  const file = await open(path, "w");
  try {
    let text = "";
    for (const piece of pieces) {
      text += piece;
      if (text.length < AT_ONCE) continue;
      await file.appendFile(text);
      text = "";
    }
    await file.appendFile(text);
  } finally {
    await file.close();
  }
}

async function pastOf(record: RunRecord, runs: string, warn: (warning: string) => void): Promise<Past> {
  const traces: RunTrace[] = [];
  let difference: Difference | undefined;
  for await (const earlier of eachPastRun(runs, warn)) {
    if (earlier.run >= record.run) continue;
    difference ??= compareRuns(earlier, record);
    traces.push(traceOf(earlier));
    if (traces.length >= MOST_RUNS) break;
  }
  return { runs: traces.reverse(), ...(difference && { difference }) };
}
