import { execFileSync } from "node:child_process";
import { createReadStream, openSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { FarmEvent } from "../../../src/events.js";
import { vmDirectoryName } from "../../../src/naming.js";
import { logDirectory } from "../../../src/report/log-directory.js";

const output = (vm: string, text: string): FarmEvent =>
  ({ type: "task-output", vm, phase: "main", stream: "stdout", text }) as FarmEvent;
const ended = (vm: string): FarmEvent => ({
  type: "phase-ended",
  vm,
  phase: "main",
  status: "passed",
  durationMs: 1,
});

/** How many files below a directory this process has open. */
async function openIn(directory: string): Promise<number> {
  const fds = await readdir("/proc/self/fd");
  const paths = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")));
  return paths.filter((path) => path.startsWith(directory)).length;
}

test("output that comes while a log is being closed stands behind what it had", async () => {
  const directory = await mkdtemp(join(tmpdir(), "farm-logs-"));
  const log = join(directory, vmDirectoryName("project", "vm"), "main.log");
  try {
    // A pipe is not written faster than it is read.
    await mkdir(dirname(log));
    execFileSync("mkfifo", [log]);
    const reader = createReadStream("", { fd: openSync(log, "r+") });
    const logs = logDirectory(directory, "project");
    const first = `${"x".repeat(2 ** 20)}\n`;
    logs.on(output("vm", first), new Date());
    logs.on(ended("vm"), new Date());
    logs.on(output("vm", "later\n"), new Date());
    // Time enough to open a file.
    for (let turn = 0; turn < 20; turn++) await stat(directory);
    const closed = logs.close?.();
    let read = "";
    for await (const chunk of reader) {
      read += chunk;
      if (read.length >= first.length + "later\n".length) break;
    }
    await closed;
    expect(read === `${first}later\n`).toBe(true);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test("the log of a phase that has ended is not kept open, and later output is added to it", async () => {
  const directory = await mkdtemp(join(tmpdir(), "farm-logs-"));
  try {
    const logs = logDirectory(directory, "project");
    const vms = Array.from({ length: 50 }, (_, index) => `vm${index}`);
    for (const vm of vms) {
      logs.on(output(vm, "one\n"), new Date());
      logs.on(ended(vm), new Date());
    }
    const read = (vm: string) =>
      readFile(join(directory, vmDirectoryName("project", vm), "main.log"), "utf8").catch(() => "");
    const all = () => Promise.all(vms.map(read));
    await expect.poll(all, { timeout: 10_000 }).toEqual(vms.map(() => "one\n"));
    await expect.poll(() => openIn(directory), { timeout: 10_000 }).toBe(1); // the events
    for (const vm of vms) logs.on(output(vm, "two\n"), new Date());
    await logs.close?.();
    expect(await all()).toEqual(vms.map(() => "one\ntwo\n"));
    expect(await openIn(directory)).toBe(0);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
