import { createWriteStream } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
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
  const pieces = Readable.from(reportPage(record, traceOf(record), past), { objectMode: true });
  await pipeline(pieces, createWriteStream(`${file}.part`));
  await rename(`${file}.part`, file);
  return file;
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
