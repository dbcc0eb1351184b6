import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { vmDirectoryName } from "../../../src/naming.js";
import type { FarmEvent } from "../../../src/report/events.js";
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
