import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { oldRuns, pastRuns, removeOldRuns, writeSummary } from "../../../src/report/run-history.js";
import type { RunSummary } from "../../../src/report/run-summary.js";

const NOW = Date.UTC(2026, 10, 27);
const MONTH_MS = 31 * 24 * 3_600_000;

let runs: string;
beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), "farm-runs-"));
});
afterEach(() => rm(runs, { recursive: true }));

const runName = (n: number) => `20261127-07000${n}-abcd`;

async function addRun(n: number, change: Partial<RunSummary> = {}): Promise<void> {
  const directory = join(runs, runName(n));
  await mkdir(directory);
  const start = "2026-11-27T07:00:00.000Z";
  await writeSummary(directory, {
    version: 1,
    run: runName(n),
    project: "p",
    start,
    durationMs: n,
    exitCode: 0,
    vms: [],
    ...change,
  });
}

test("the newest runs come first, and no more than asked for", async () => {
  for (const n of [2, 1, 3]) await addRun(n);
  const past = await pastRuns(runs, 2);
  expect(past.runs.map(({ run }) => run)).toEqual([runName(3), runName(2)]);
  expect(past.warnings).toEqual([]);
});

test("damaged and foreign summaries are passed over with a warning, unfinished runs and other files without", async () => {
  await addRun(1);
  await addRun(2, { durationMs: -1 });
  await addRun(3, { run: runName(1) });
  await mkdir(join(runs, runName(4)));
  await writeFile(join(runs, runName(4), "summary.json"), "{ torn");
  await mkdir(join(runs, runName(5)));
  await writeFile(join(runs, runName(5), "events.jsonl"), "x".repeat(1_000));
  await mkdir(join(runs, "notes"));
  await writeFile(join(runs, runName(6)), "");
  const past = await pastRuns(runs, 1);
  expect(past.runs.map(({ run }) => run)).toEqual([runName(1)]);
  expect(past.warnings).toEqual([
    expect.stringMatching(/070004-abcd\/summary\.json is passed over: .*JSON/),
    expect.stringMatching(/070003-abcd\/summary\.json is passed over: it is of run "20261127-070001-abcd"/),
    expect.stringMatching(/070002-abcd\/summary\.json is passed over: durationMs: /),
  ]);
});

test("a project without runs has no past", async () => {
  expect(await pastRuns(join(runs, "missing"), 5)).toEqual({ runs: [], warnings: [] });
});

test("a place that cannot be read is told", async () => {
  await writeFile(join(runs, "file"), "");
  const past = await pastRuns(join(runs, "file"), 5);
  expect(past.warnings).toEqual([expect.stringMatching(/^earlier runs cannot be read: ENOTDIR/)]);
});

test("a run that may still be written is never an old one", () => {
  const run = (n: number, complete: boolean, touched = NOW) => ({ run: runName(n), complete, touched });
  expect(
    oldRuns(
      [run(1, true), run(2, false), run(3, false, NOW - MONTH_MS), run(4, true), run(5, false)],
      2,
      NOW,
    ),
  ).toEqual([runName(3), runName(1)]);
});

test("old runs are removed, and only they", async () => {
  for (const n of [1, 2, 3]) await addRun(n);
  await mkdir(join(runs, runName(0)));
  await writeFile(join(runs, runName(0), "events.jsonl"), "");
  await mkdir(join(runs, "notes"));
  expect(await removeOldRuns(runs, 2, Date.now())).toEqual([]);
  expect((await readdir(runs)).sort()).toEqual([runName(0), runName(2), runName(3), "notes"]);
  const long = (Date.now() - MONTH_MS) / 1_000;
  await utimes(join(runs, runName(0), "events.jsonl"), long, long);
  await utimes(join(runs, runName(0)), long, long);
  await removeOldRuns(runs, 2, Date.now());
  expect((await readdir(runs)).sort()).toEqual([runName(2), runName(3), "notes"]);
});
