import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forgetDead, openRecord } from "../../../src/provision/run-record.js";
import type { RunRecord } from "../../../src/restore/run-record.js";
import { listStores } from "../../../src/restore/store.js";
import { localShell } from "../../../src/transport/local-shell.js";
import type { LongProcess, Shell } from "../../../src/transport/shell.js";

let pool: string;
let shell: Shell;
beforeEach(async () => {
  pool = await mkdtemp(join(tmpdir(), "farm pool-"));
  shell = localShell({ name: "here" });
});
afterEach(async () => {
  await shell.close();
  await rm(pool, { recursive: true, force: true });
});

const record = (run: string): RunRecord => ({
  run,
  project: "project",
  owner: "me@here, process 1",
  since: "2026-11-24T01:00:00.000Z",
  vms: ["a b", "c"],
});
const runs = async () => (await listStores(shell, pool))[0]?.runs;
const records = () => readdir(join(pool, "farm/runs"));

/** The same shell, with a way to end what it has opened as a lost connection does. */
function losable(): { shell: Shell; lose: () => Promise<void> } {
  const opened: LongProcess[] = [];
  return {
    shell: {
      ...shell,
      open: async (command) => {
        const process = await shell.open(command);
        opened.push(process);
        return process;
      },
    },
    lose: async () => {
      for (const process of opened) {
        process.close();
        await process.ended;
      }
    },
  };
}

/** A VM's directory as that run makes it. */
async function madeBy(run: string, vm: string): Promise<void> {
  await mkdir(join(pool, "farm/vms", vm), { recursive: true });
  await writeFile(join(pool, "farm/vms", vm, "by"), `me@here, process 1, run ${run}\nqemu:///session\n`);
}

test("a run is written down while it works, and gone when it is over", async () => {
  const open = await openRecord(shell, pool, record("20261124-010000-aaaa"));
  expect(open.dead).toEqual([]);
  expect(await runs()).toEqual([{ record: record("20261124-010000-aaaa"), alive: true }]);
  const second = await openRecord(shell, pool, record("20261124-010000-bbbb"));
  expect(second.dead).toEqual([]);
  await open.over();
  await second.over();
  expect(await records()).toEqual([]);
});

test("one whose connection was lost is dead: told of as long as something of it is left, and once more", async () => {
  const run = "20261124-010000-aaaa";
  const { shell: lost, lose } = losable();
  await openRecord(lost, pool, record(run));
  await madeBy(run, "vm-0123");
  await madeBy("20261124-010000-cccc", "other-0123");
  await lose();
  expect(await runs()).toEqual([{ record: record(run), alive: false }]);
  for (const next of ["20261124-010000-bbbb", "20261124-010000-dddd"]) {
    const open = await openRecord(shell, pool, record(next));
    expect(open.dead).toEqual([{ record: record(run), left: ["vm-0123"] }]);
    await open.over();
  }
  expect(await forgetDead(shell, pool)).toEqual([{ record: record(run), left: ["vm-0123"] }]);
  expect(await records()).toEqual([run]);
  await rm(join(pool, "farm/vms/vm-0123"), { recursive: true });
  const after = await openRecord(shell, pool, record("20261124-010000-eeee"));
  expect(after.dead).toEqual([{ record: record(run), left: [] }]);
  expect(await records()).toEqual(["20261124-010000-eeee"]);
  await after.over();
});

test("what farm did not write is no run and stays; a directory that cannot be written is an error", async () => {
  await mkdir(join(pool, "farm/runs"), { recursive: true });
  await writeFile(join(pool, "farm/runs/notes.txt"), "mine\n");
  await writeFile(join(pool, "farm/runs/20261124-010000-aaaa"), '{"run":"another"}\n');
  expect(await runs()).toEqual([]);
  expect(await records()).toContain("notes.txt");
  await writeFile(join(pool, "file"), "");
  await expect(openRecord(shell, join(pool, "file"), record("20261124-010000-bbbb"))).rejects.toThrow(
    /cannot write down on 'here'/,
  );
});
