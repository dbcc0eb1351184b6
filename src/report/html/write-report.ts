import { type FileHandle, mkdir, open, rename } from "node:fs/promises";
import { join, resolve } from "node:path";
import { eachPastRun } from "../run-history.js";
import { type ComparedRun, comparedOf, compareRuns } from "./compare-runs.js";
import { type Past, reportPage } from "./page.js";
import { readRun, runIn } from "./read-run.js";
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
  // Earlier runs first: as a whole they are as large as this one, and little of them is kept.
  const begun = await runIn(runDirectory);
  const earlier = begun && (await earlierRuns(begun.run, runsDirectory(begun.project), warn));
  const record = await readRun(runDirectory);
  const past: Past = {
    runs: earlier?.traces ?? [],
    ...(earlier?.newest && { difference: compareRuns(earlier.newest, record) }),
  };
  const file = join(output, "index.html");
  await mkdir(output, { recursive: true });
  await writePieces(`${file}.part`, reportPage(record, traceOf(record), past, resolve(output)));
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
      await write(file, text);
      text = "";
    }
    await write(file, text);
  } finally {
    await file.close();
  }
}

/** Without a copy of the text, unless the file took only a part of it. */
async function write(file: FileHandle, text: string): Promise<void> {
  const { bytesWritten } = await file.write(text);
  if (bytesWritten < Buffer.byteLength(text)) await file.appendFile(Buffer.from(text).subarray(bytesWritten));
}

interface EarlierRuns {
  /** The oldest first. */
  readonly traces: readonly RunTrace[];
  readonly newest?: ComparedRun;
}

async function earlierRuns(run: string, runs: string, warn: (warning: string) => void): Promise<EarlierRuns> {
  const traces: RunTrace[] = [];
  let newest: ComparedRun | undefined;
  for await (const earlier of eachPastRun(runs, warn)) {
    if (earlier.run >= run) continue;
    newest ??= comparedOf(earlier);
    traces.push(traceOf(earlier));
    if (traces.length >= MOST_RUNS) break;
  }
  return { traces: traces.reverse(), ...(newest && { newest }) };
}
