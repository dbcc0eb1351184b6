import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Manifest } from "../../../src/restore/manifest.js";
import { removeStored } from "../../../src/restore/remove.js";
import { leavesCommand } from "../../../src/restore/save-command.js";
import { listStores } from "../../../src/restore/store.js";
import { localShell } from "../../../src/transport/local-shell.js";
import type { Shell } from "../../../src/transport/shell.js";
import { manifest } from "../../unit/restore/manifests.js";

const name = (id: number, kind = "init") => `${kind}-0123456789abcdef-0000000${id}`;

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

const points = () => join(pool, "farm/points");
const left = async () => (await readdir(points())).filter((each) => each !== "lock").sort();

async function addPoint(id: number, parts: Partial<Manifest> = {}): Promise<Manifest> {
  const point = manifest({ name: name(id, parts.kind), ...parts });
  const directory = join(points(), point.name);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "manifest.json"), `${JSON.stringify(point)}\n`);
  await writeFile(join(directory, "state.json"), "{}\n");
  await shell.run({
    argv: ["qemu-img", "create", "-q", "-f", "qcow2", join(directory, "disk-0.qcow2"), "1M"],
  });
  return point;
}

/** A VM begins to stand on a point, as a restore does it. */
async function restore(vm: string, point: Manifest): Promise<void> {
  const { code, stderr } = await shell.run(leavesCommand(pool, join(pool, "farm/vms", vm), point));
  expect(code, stderr).toBe(0);
}

test("lists points with their sizes, who stands on them, and what is half made", async () => {
  const clean = await addPoint(1, { kind: "clean" });
  await addPoint(2, { below: clean.name });
  await mkdir(join(points(), `${name(3)}.part-vm-0123`));
  await restore("vm-0123", clean);
  await mkdir(join(pool, "farm/vms/other-0123"));
  const [store] = await listStores(shell, pool);
  expect(store?.pool).toBe(pool);
  expect(store?.points.map((point) => point.manifest.name)).toEqual([name(1, "clean"), name(2)]);
  for (const { bytes } of store?.points ?? []) expect(bytes).toBeGreaterThan(190_000);
  expect(store?.vms).toMatchObject([
    { name: "other-0123", recorded: false, points: [], holder: null },
    { name: "vm-0123", recorded: true, points: [clean.name], holder: null },
  ]);
  expect(store?.parts).toMatchObject([{ name: `${name(3)}.part-vm-0123`, held: false }]);
});

test("an empty pool is one", async () => {
  expect(await listStores(shell, pool)).toEqual([
    { pool, points: [], images: [], vms: [], parts: [], downloads: [], runs: [] },
  ]);
  await expect(removeStored(shell, pool, [name(1)])).rejects.toThrow("cannot remove");
});

test("what somebody needs by now is not removed, whatever was decided before", async () => {
  const clean = await addPoint(1, { kind: "clean" });
  await addPoint(2, { below: clean.name });
  const used = await addPoint(3);
  await restore("vm-0123", used);
  const kept = await removeStored(shell, pool, [clean.name, used.name]);
  expect(Object.fromEntries(kept)).toEqual({
    [clean.name]: "another point is built on it",
    [used.name]: "a VM stands on it",
  });
  expect(await removeStored(shell, pool, [name(2), clean.name])).toEqual(new Map());
  expect(await left()).toEqual([used.name]);
  expect(await removeStored(shell, pool, [name(2), clean.name])).toEqual(new Map());
});

test("a half-made point goes when nobody works on its VM", async () => {
  const part = `${name(1)}.part-vm-0123`;
  await mkdir(join(points(), part), { recursive: true });
  await mkdir(join(pool, "farm/vms"), { recursive: true });
  const holder = await shell.open({
    argv: [
      "sh",
      "-c",
      'exec 9>>"$1"; flock 9; echo locked; exec cat',
      "sh",
      join(pool, "farm/vms/vm-0123.lock"),
    ],
  });
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  expect([...(await removeStored(shell, pool, [part])).keys()]).toEqual([part]);
  holder.close();
  await holder.ended;
  expect(await removeStored(shell, pool, [part])).toEqual(new Map());
  expect(await left()).toEqual([]);
});

test("a point that is gone cannot be restored, and says so", async () => {
  const point = await addPoint(1);
  await removeStored(shell, pool, [point.name]);
  const { code } = await shell.run(leavesCommand(pool, join(pool, "farm/vms/vm-0123"), point));
  expect(code).toBe(66);
  expect(await readdir(join(pool, "farm/vms"))).toEqual([]);
});

test("two at the same time", async () => {
  const all = await Promise.all([1, 2, 3, 4].map((id) => addPoint(id)));
  const names = all.map((point) => point.name);
  expect(await Promise.all([1, 2].map(() => removeStored(shell, pool, names)))).toEqual([
    new Map(),
    new Map(),
  ]);
  expect(await left()).toEqual([]);
});
