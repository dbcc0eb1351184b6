import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { followLogs, isOver, logOf, logsIn, runsIn } from "../../../src/report/run-logs.js";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "farm-logs-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const write = (name: string, text = "") => writeFileSync(join(directory, name), text);

test("the newest run comes first, and what is no run is none", async () => {
  for (const name of ["20261123-164501-a1b2", "20261124-000000-0000", "notes"])
    mkdirSync(join(directory, name));
  expect(await runsIn(directory)).toEqual(["20261124-000000-0000", "20261123-164501-a1b2"]);
  expect(await runsIn(join(directory, "none"))).toEqual([]);
});

test("logs come in the order of a guest's life", async () => {
  for (const name of ["console", "terminate", "main", "create-init", "dependencies"])
    write(`${name}.log`, "x");
  write("events.jsonl");
  const logs = await logsIn(directory);
  expect(logs.map(({ name }) => name)).toEqual([
    "dependencies",
    "create-init",
    "main",
    "terminate",
    "console",
  ]);
  expect(logOf(logs, "create init")?.bytes).toBe(1);
});

test("a run is over when its last event says so", async () => {
  expect(await isOver(directory)).toBe(false);
  write("events.jsonl", '{"time":"t","type":"run-started"}\n');
  expect(await isOver(directory)).toBe(false);
  appendFileSync(join(directory, "events.jsonl"), '{"time":"t","type":"run-ended","exitCode":0}\n');
  expect(await isOver(directory)).toBe(true);
});

test("what is followed is printed as it comes, with what comes after the end", async () => {
  write("main.log", "one\n");
  const printed: string[] = [];
  const steps = [
    () => write("terminate.log", "two\n"),
    () => appendFileSync(join(directory, "main.log"), "three\n"),
    () => appendFileSync(join(directory, "terminate.log"), "four\n"),
  ];
  let looked = 0;
  await followLogs({
    logs: () => logsIn(directory),
    over: async () => looked++ === 2,
    print: (log, chunk) => printed.push(`${log.name}: ${chunk}`),
    clock: { now: () => 0, sleep: async () => steps.shift()?.() },
    signal: new AbortController().signal,
  });
  expect(printed).toEqual(["main: one\n", "terminate: two\n", "main: three\n", "terminate: four\n"]);
});
