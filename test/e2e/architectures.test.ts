import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type MachineName,
  machineFiles,
  machineInventory,
  type SharedFiles,
  sharedFiles,
  vmOf,
} from "../lab/architectures.js";
import { eventsOfType, farm, writeProject } from "../lab/farm.js";
import { type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { expectNothingLeft } from "../lab/nothing-left.js";

/** What each is to say of itself: farm's shipped targets name little more than an architecture. */
const SAID = {
  efi: "x86_64 efi",
  pc: "i686 none",
  armhf: "armv7l none",
} as const satisfies Partial<Record<MachineName, string>>;
const NAMES = Object.keys(SAID) as (keyof typeof SAID)[];

let lab: LabHypervisors;
let shared: SharedFiles;
let cwd: string;

beforeAll(async () => {
  lab = await startHypervisors(1);
  shared = await sharedFiles();
  cwd = await mkdtemp(join(tmpdir(), "farm-project-"));
  await writeProject(cwd, {
    ...(await machineFiles(NAMES, shared)),
    "phases/main.yaml": "- shell: echo $(uname -m) $(ls /sys/firmware | grep -x efi || echo none)\n",
    "inventory.yaml": machineInventory(lab, NAMES, 'allowed_phases: "startup,main,shutdown"'),
  });
});
afterAll(async () => {
  await lab.stop();
  await shared.remove();
  await rm(cwd, { recursive: true, force: true });
});

test("32-bit guests of x86 and ARM, and a PC with libvirt's choice of UEFI, boot by the targets that farm ships", async () => {
  const result = await farm(["run", "-i", "inventory.yaml", "--format", "json"], { cwd, home: lab.farmHome });
  expect(result.code, result.stdout + result.stderr).toBe(0);
  const said = eventsOfType(result, "task-ended").map(({ vm, result: { stdout } }) => [vm, stdout]);
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(NAMES.map((name) => [vmOf(name), SAID[name]])));
  for (const hypervisor of lab.hypervisors) await expectNothingLeft(hypervisor);
});
