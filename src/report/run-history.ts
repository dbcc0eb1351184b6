import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RunSummary } from "./run-summary.js";

/** As many runs of a project are kept. */
export const KEPT_RUNS = 50;
/** A directory without a summary may still be written: it is left alone until nobody has touched it for so long. */
const ABANDONED_AFTER_MS = 30 * 24 * 3_600_000;
const SUMMARY = "summary.json";
const LARGEST_SUMMARY = 64 * 2 ** 20;
const RUN_ID = /^\d{8}-\d{6}-[0-9a-f]{4}$/;

/** The earlier runs of a project, the newest first, and what was passed over, each as a line. */
export interface PastRuns {
  readonly runs: readonly RunSummary[];
  readonly warnings: readonly string[];
}

/** Written last of all in a run's directory: one that has it is complete. */
export async function writeSummary(runDirectory: string, summary: RunSummary): Promise<void> {
  const file = join(runDirectory, SUMMARY);
  await writeFile(`${file}.part`, `${JSON.stringify(summary)}\n`, { mode: 0o600 });
  await rename(`${file}.part`, file);
}

/**
 * What earlier runs left. Runs that did not end are passed over in silence, damaged and foreign summaries with a warning.
 * @param runsDirectory holds a directory a run; it need not exist
 * @param most how many, damaged ones not counted
 */
export async function pastRuns(runsDirectory: string, most: number): Promise<PastRuns> {
  const runs: RunSummary[] = [];
  const warnings: string[] = [];
  if (most < 1) return { runs, warnings };
  for await (const run of eachPastRun(runsDirectory, (warning) => warnings.push(warning))) {
    runs.push(run);
    if (runs.length >= most) break;
  }
  return { runs, warnings };
}

/** The same one by one, for who needs not hold them all. */
export async function* eachPastRun(
  runsDirectory: string,
  warn: (warning: string) => void,
): AsyncGenerator<RunSummary> {
  for (const run of (await runNames(runsDirectory, warn)).reverse()) {
    const read = await readSummary(join(runsDirectory, run), run);
    if (typeof read === "string") warn(read);
    else if (read) yield read;
  }
}

/**
 * The summary of one run, undefined where there is none, or why it cannot be used.
 * @param run the run that it has to be of
 */
export async function readSummary(
  runDirectory: string,
  run?: string,
): Promise<RunSummary | string | undefined> {
  const file = join(runDirectory, SUMMARY);
  const bad = (why: string) => `${file} is passed over: ${why}`;
  try {
    const { size } = await stat(file);
    if (size > LARGEST_SUMMARY) return bad(`${size} bytes are too many`);
    const { data, error } = RunSummary.safeParse(JSON.parse(await readFile(file, "utf8")));
    if (!data) return bad(firstIssue(error.issues));
    return run === undefined || data.run === run ? data : bad(`it is of run ${JSON.stringify(data.run)}`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? undefined : bad(message.replaceAll("\n", " "));
  }
}

function firstIssue([issue]: readonly { path: readonly PropertyKey[]; message: string }[]): string {
  const where = issue?.path.map(String).join(".");
  return `${where ? `${where}: ` : ""}${issue?.message ?? "not a summary"}`;
}

/** Oldest first: names of runs begin with their time. None where the directory is missing. */
async function runNames(runsDirectory: string, warn: (warning: string) => void): Promise<string[]> {
  try {
    const entries = await readdir(runsDirectory, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && RUN_ID.test(entry.name))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") warn(`earlier runs cannot be read: ${message}`);
    return [];
  }
}

/** What is known of a run's directory when old ones are looked for. */
export interface RunDirectoryState {
  readonly run: string;
  readonly complete: boolean;
  /** Of its last change, milliseconds since the epoch. */
  readonly touched: number;
}

/** The runs to remove so that the newest `most` stay: never one that may still be written. */
export const oldRuns = (states: readonly RunDirectoryState[], most: number, now: number): string[] =>
  states
    .toSorted((a, b) => (a.run < b.run ? 1 : -1))
    .slice(most)
    .filter(({ complete, touched }) => complete || now - touched > ABANDONED_AFTER_MS)
    .map(({ run }) => run);

/** Removes the directories of old runs. @returns what could not be removed, each as a line */
export async function removeOldRuns(runsDirectory: string, most: number, now: number): Promise<string[]> {
  const warnings: string[] = [];
  const names = await runNames(runsDirectory, (warning) => warnings.push(warning));
  if (names.length <= most) return warnings;
  const states = await Promise.all(names.map((run) => stateOf(join(runsDirectory, run), run)));
  const known = states.filter((state) => state !== undefined);
  for (const run of oldRuns(known, most, now))
    await rm(join(runsDirectory, run), { recursive: true, force: true }).catch((error: Error) =>
      warnings.push(`an old run stays in ${join(runsDirectory, run)}: ${error.message}`),
    );
  return warnings;
}

/** Undefined where it is gone: another farm may be removing the same runs. */
async function stateOf(directory: string, run: string): Promise<RunDirectoryState | undefined> {
  const times = await Promise.all(
    [SUMMARY, "events.jsonl", "."].map((name) => stat(join(directory, name)).catch(() => undefined)),
  );
  const touched = times.flatMap((each) => (each ? [each.mtimeMs] : []));
  if (touched.length === 0) return undefined;
  return { run, complete: times[0] !== undefined, touched: Math.max(...touched) };
}
