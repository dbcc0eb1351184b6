import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockVm } from "../../../src/provision/vm-lock.js";
import { localShell } from "../../../src/transport/local-shell.js";
import type { Shell } from "../../../src/transport/shell.js";

let pool: string;
let shell: Shell;
beforeEach(async () => {
  pool = await mkdtemp(join(tmpdir(), "farm-pool-"));
  shell = localShell({ name: "here" });
});
afterEach(async () => {
  await shell.close();
  await rm(pool, { recursive: true, force: true });
});

const lock = (owner: string, letsGoS?: number) => {
  const soon = letsGoS === undefined ? undefined : { letsGoS };
  return lockVm(shell, "one", join(pool, "farm/vms/one.lock"), owner, "qemu:///session", soon);
};

test("who has a VM is told to the next one, who does not wait, or only for a farm that has just ended", async () => {
  const first = await lock("first");
  await expect(lock("second")).rejects.toThrow(/another farm works on 'one' on 'here': first$/);
  await expect(lock("second", 1)).rejects.toThrow(/another farm works on 'one' on 'here': first$/);
  const [third] = await Promise.all([lock("third", 600), first.release()]);
  await expect(lock("fourth")).rejects.toThrow(/: third$/);
  await third.release();
  await (await lock("fourth")).release();
});
