import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type LabTerminal, startTerminal } from "../../lab/terminal.js";

let directory: string;
let terminal: LabTerminal | undefined;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-view-"));
  const input = fileURLToPath(new URL("../../lab/scripted-run.ts", import.meta.url));
  const bundle = await rolldown({ input, platform: "node" });
  await bundle.write({ file: join(directory, "run.mjs"), format: "esm", codeSplitting: false });
});
afterAll(() => rm(directory, { recursive: true, force: true }));
afterEach(async () => {
  await terminal?.close();
  terminal = undefined;
});

async function show(
  columns: number,
  rows: number,
  options: readonly string[] = [],
  env = {},
): Promise<LabTerminal> {
  const program = [process.execPath, join(directory, "run.mjs"), ...options];
  // What is typed is not seen, and the terminal outlives the program.
  const argv = ["sh", "-c", 'stty -echo; "$@"; exec cat', "sh", "env", "TZ=UTC", ...program];
  terminal = await startTerminal({ columns, rows, argv, env, deadlineMs: 50_000 });
  await terminal.until(/ready/);
  return terminal;
}

const screens = (name: string) => `../../fixtures/screens/${name}.txt`;
const MANY = ["--vms", "200", "--hypervisors", "10", "--lanes", "3", "--fail-every", "9"];

test.each([
  ["80x24", 80, 24, []],
  ["120x30 with earlier runs", 120, 30, ["--history"]],
  ["40x12", 40, 12, []],
] as const)("six VMs at %s", async (name, columns, rows, options) => {
  const shown = await show(columns, rows, options);
  await shown.type("19");
  await expect(await shown.until(/19\.0 s/)).toMatchFileSnapshot(screens(`six VMs at ${name}`));
});

test("200 VMs on 40 rows: what runs first, the rest counted", async () => {
  const shown = await show(120, 40, [...MANY, "--history"]);
  await shown.type("60");
  await expect(await shown.until(/1 min 00 s/)).toMatchFileSnapshot(screens("200 VMs at 120x40"));
});

const once = (text: string) => new RegExp(`^(?=[\\s\\S]*${text})(?![\\s\\S]*${text}[\\s\\S]*${text})`);

test("a terminal that is made narrower, then wider, holds nothing twice", async () => {
  const shown = await show(120, 30);
  await shown.type("19");
  await shown.until(/19\.0 s/);
  // What is typed may get there before the size does.
  await shown.resize(60, 30);
  await shown.type("20");
  await shown.until(/20\.0 s/, once("debian_12_amd64 "), once("running"));
  await shown.resize(120, 30);
  await shown.type("21");
  await shown.until(/21\.0 s/, once("fedora_42_amd64 "), once("running"));
});

test("failures stay above the live part, the summary stays at the end, and the cursor comes back", async () => {
  const shown = await show(100, 30);
  await shown.type("32");
  const during = await shown.until(/32\.0 s/);
  expect(during).toMatch(/FAILED/);
  expect(await shown.hasCursor()).toBe(false);
  await shown.type("1000");
  await shown.until(/logs: \/runs\/1/);
  await expect.poll(() => shown.hasCursor()).toBe(true);
  await expect(await shown.history()).toMatchFileSnapshot(screens("six VMs at the end"));
});

test("without UTF-8 there are signs of ASCII", async () => {
  const shown = await show(80, 24, [], { LC_ALL: "C" });
  await shown.type("19");
  await expect(await shown.until(/19\.0 s/)).toMatchFileSnapshot(screens("six VMs without UTF-8"));
});
