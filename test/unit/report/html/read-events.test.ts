import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readEvents } from "../../../../src/report/html/read-events.js";
import { readRun } from "../../../../src/report/html/read-run.js";

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-events-"));
  file = join(directory, "events.jsonl");
});
afterEach(() => rm(directory, { recursive: true }));

const time = "2026-01-02T03:04:05.000Z";
const started = `{"time":"${time}","type":"run-started","run":"r","project":"p","vms":[],"machines":[]}`;
const warning = `{"time":"${time}","type":"warning","message":"m"}`;
const ended = `{"time":"${time}","type":"run-ended","exitCode":0,"outcomes":[],"durationMs":1}`;

async function read(text: string) {
  await writeFile(file, text);
  let unread = 0;
  const types: string[] = [];
  for await (const { event } of readEvents(file, () => unread++)) types.push(event.type);
  return { types, unread };
}

test("a torn last line is passed over in silence, a damaged one in the midst is told", async () => {
  expect(await read(`${started}\n${warning.slice(0, 20)}`)).toEqual({ types: ["run-started"], unread: 0 });
  expect(await read(`${started}\n${warning.slice(0, 20)}\n${ended}\n`)).toEqual({
    types: ["run-started", "run-ended"],
    unread: 1,
  });
});

test("the report warns of lines that cannot be read", async () => {
  await writeFile(file, `${started}\nnonsense\n{"type":"warning"}\n${ended}\n`);
  expect((await readRun(directory)).warnings).toEqual([
    "2 lines of its events.jsonl cannot be read: what they told is missing here",
  ]);
  await writeFile(file, `${started}\n${ended}\n`);
  expect((await readRun(directory)).warnings).toEqual([]);
});
