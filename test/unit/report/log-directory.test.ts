import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FarmEvent } from "../../../src/events.js";
import { logDirectory } from "../../../src/report/log-directory.js";
import { readSummary } from "../../../src/report/run-history.js";
import { LosslessDecoder } from "../../../src/transport/lossless-text.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-run-"));
});
afterEach(() => rm(directory, { recursive: true }));

const started: FarmEvent = {
  type: "run-started",
  run: "20261127-070000-abcd",
  project: "p",
  vms: ["a"],
  machines: [{ vm: "a", platform: "debian_12", target: "amd64" }],
  runDirectory: "/runs/1",
};

async function written(events: readonly FarmEvent[]): Promise<string[]> {
  const logs = logDirectory(directory, "p");
  for (const event of events) logs.on(event, new Date(0));
  await logs.close?.();
  return (await readdir(directory)).sort();
}

test("a run that ends leaves its summary beside its events", async () => {
  const outcomes = [{ vm: "a", kind: "passed" }] as const;
  const files = await written([
    started,
    { type: "run-ended", exitCode: 0, outcomes, runDirectory: "/runs/1", durationMs: 5 },
  ]);
  expect(files).toEqual(["events.jsonl", "summary.json"]);
  expect(await readSummary(directory)).toMatchObject({ run: "20261127-070000-abcd", exitCode: 0 });
  expect((await readFile(join(directory, "events.jsonl"), "utf8")).trimEnd().split("\n")).toHaveLength(2);
});

test("one that does not end leaves none", async () => {
  expect(await written([started])).toEqual(["events.jsonl"]);
});

test("the log of a phase holds the very bytes that a task wrote", async () => {
  const bytes = Buffer.from([0x61, 0xff, 0x00, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0xc3, 0xa9, 0xe2, 0x82, 0x0a]);
  const decoder = new LosslessDecoder();
  const text = decoder.write(bytes.subarray(0, 9)) + decoder.write(bytes.subarray(9)) + decoder.end();
  await written([
    started,
    { type: "task-output", vm: "a", phase: "main", task: "t", stream: "stdout", text },
  ]);
  const [machine = ""] = (await readdir(directory, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(await readFile(join(directory, machine, "main.log"))).toEqual(bytes);
});
