import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Manifest } from "../../src/restore/manifest.js";
import {
  MACHINES,
  type MachineName,
  machineFiles,
  machineInventory,
  type SharedFiles,
  sharedFiles,
  vmOf,
} from "../lab/architectures.js";
import { eventsOfType, type FarmResult, farm, writeProject } from "../lab/farm.js";
import { type LabHypervisor, type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { expectNothingLeft } from "../lab/nothing-left.js";

const NAMES = ["bios", "uefi", "arm", "power"] as const satisfies readonly MachineName[];
const EFI_VARIABLE = "/sys/firmware/efi/efivars/Farm-6f1c2d0e-5b7a-4c43-9e0d-2f8a41c7b396";

const INIT = `- shell: |
    echo init >> /root/done
    cp /proc/sys/kernel/random/boot_id /root/boot
    printf 'second disk' | dd of=/dev/vdb conv=notrunc
    echo kept > /tmp/memory
    sleep 100000 </dev/null >/dev/null 2>&1 &
    echo $! > /tmp/process
- shell: |
    modprobe efivarfs && mount -t efivarfs efivarfs /sys/firmware/efi/efivars
    printf '\\007\\000\\000\\000firmware' > /tmp/variable && dd if=/tmp/variable of=${EFI_VARIABLE} bs=64
  when: "'firmware' in vm"
`;
// The entropy first, before anything else may have made it differ.
const MAIN = `- name: Guest
  shell: |
    echo entropy=$(head -c 16 /dev/urandom | od -An -tx1)
    echo done=$(cat /root/done)
    echo boot=$(cmp -s /root/boot /proc/sys/kernel/random/boot_id && echo same || echo other)
    echo memory=$(cat /tmp/memory)
    echo process=$(tr '\\0' ' ' < /proc/$(cat /tmp/process)/cmdline)
    echo second=$(head -c 11 /dev/vdb)
    echo key=$(sha256sum < /etc/dropbear/ed25519)
    if [ -d /sys/firmware/efi ]; then
      modprobe efivarfs
      mount -t efivarfs efivarfs /sys/firmware/efi/efivars
      echo variable=$(tail -c +5 ${EFI_VARIABLE})
    fi
- command: date +%s
  register: guest
- assert: { that: "(lookup('pipe', 'date +%s') | int - guest.stdout | int) | abs < 2" }
`;

let lab: LabHypervisors;
let hypervisor: LabHypervisor;
let shared: SharedFiles;
let cwd: string;

beforeAll(async () => {
  lab = await startHypervisors(1);
  hypervisor = lab.hypervisors[0] as LabHypervisor;
  shared = await sharedFiles();
  cwd = await mkdtemp(join(tmpdir(), "farm-project-"));
  await writeProject(cwd, {
    ...(await machineFiles(NAMES, shared)),
    "inventory.yaml": inventory(NAMES),
    "phases/dependencies.yaml": "- shell: echo dependencies >> /root/done\n",
    "phases/init.yaml": INIT,
    "phases/main.yaml": MAIN,
  });
});
afterAll(async () => {
  await lab.stop();
  await shared.remove();
  await rm(cwd, { recursive: true, force: true });
});

const inventory = (names: readonly MachineName[], vars = "restore_mode: live") =>
  machineInventory(lab, names, vars);

async function run(...options: string[]): Promise<FarmResult> {
  const argv = ["run", "-i", "inventory.yaml", "--format", "json", ...options];
  const result = await farm(argv, { cwd, home: lab.farmHome });
  const [ended] = eventsOfType(result, "run-ended");
  expect(
    ended?.outcomes.filter(({ kind }) => kind !== "passed"),
    result.stderr,
  ).toEqual([]);
  expect(result.code, result.stderr).toBe(0);
  await expectNothingLeft(hypervisor);
  return result;
}

/** What main saw in a guest. */
function seen(result: FarmResult, name: MachineName): Record<string, string> {
  const ended = eventsOfType(result, "task-ended").find(
    ({ vm, task }) => vm === vmOf(name) && task === "Guest",
  );
  const lines = String(ended?.result["stdout"]).split("\n");
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/).slice(0, 2)));
}

const phases = (result: FarmResult, name: MachineName) =>
  eventsOfType(result, "phase-ended")
    .filter(({ vm }) => vm === vmOf(name))
    .map(({ phase, status }) => `${phase} ${status}`);

const warnings = (result: FarmResult, name: MachineName) =>
  eventsOfType(result, "warning")
    .filter(({ vm }) => vm === vmOf(name))
    .map(({ message }) => message);

const RESTORED = ["startup passed", "restore init passed", "main passed", "shutdown passed"];
const KEPT = {
  done: "dependencies init",
  boot: "same",
  memory: "kept",
  process: "sleep 100000",
  second: "second disk",
};

describe("restored live", () => {
  let results: FarmResult[];
  beforeAll(async () => {
    results = [await run(), await run(), await run()];
  });

  test.each(NAMES)("%s goes on where it was, with its memory, disks and firmware", (name) => {
    const [first, ...restored] = results as [FarmResult, FarmResult, FarmResult];
    expect(phases(first, name)).toContain("create init passed");
    for (const result of restored) {
      expect(phases(result, name)).toEqual(RESTORED);
      const skipped = eventsOfType(result, "phase-skipped").filter(({ vm }) => vm === vmOf(name));
      expect(skipped.map(({ phase }) => phase)).toEqual(expect.arrayContaining(["dependencies", "init"]));
    }
    for (const result of results) {
      expect(warnings(result, name)).toEqual([]);
      const variable = "firmware" in MACHINES[name] || name === "arm" ? { variable: "firmware" } : {};
      expect(seen(result, name)).toMatchObject({ ...KEPT, ...variable, key: seen(first, name)["key"] });
    }
    const entropy = results.map((result) => seen(result, name)["entropy"]);
    expect(new Set(entropy).size, entropy.join("\n")).toBe(3);
  });
});

/** The directory of a VM's newest `init`. */
async function initPoint(name: MachineName): Promise<string> {
  const points = join(hypervisor.pool, "farm/points");
  const found: Manifest[] = [];
  for (const point of await readdir(points))
    if (point.startsWith("init-"))
      found.push(JSON.parse(await readFile(join(points, point, "manifest.json"), "utf8")));
  const own = found.filter(({ vm }) => vm === vmOf(name));
  const newest = own.sort((a, b) => (a.created < b.created ? 1 : -1))[0];
  if (!newest) throw new Error(`${name} has no point`);
  return join(points, newest.name);
}

/** A saved guest's memory: libvirt's description of the domain, and what QEMU made of it. */
async function memoryOf(name: MachineName): Promise<{ path: string; head: Buffer; stream: Buffer }> {
  const path = join(await initPoint(name), "memory");
  const bytes = await readFile(path);
  const start = bytes.indexOf("QEVM");
  return { path, head: bytes.subarray(0, start), stream: bytes.subarray(start) };
}

describe("memory that QEMU does not take", () => {
  test("cut off, or of another machine: a warning, a boot from the same disks, and the point is made again", async () => {
    const [uefi, bios] = [await memoryOf("uefi"), await memoryOf("bios")];
    await writeFile(uefi.path, Buffer.concat([uefi.head, bios.stream]));
    await truncate(bios.path, bios.head.length + Math.floor(bios.stream.length / 2));
    const only = ["--limit", "bios,uefi"];
    const booted = await run(...only);
    for (const name of ["bios", "uefi"] as const) {
      expect(warnings(booted, name)).toEqual([
        expect.stringMatching(
          /^the saved memory of 'init' cannot be used, so the guest boots from its disks: /,
        ),
      ]);
      expect(phases(booted, name)).toEqual([
        ...RESTORED.slice(0, 2),
        "create init passed",
        ...RESTORED.slice(2),
      ]);
      const { done, boot, second } = seen(booted, name);
      expect({ done, boot, second }).toEqual({ done: KEPT.done, boot: "other", second: KEPT.second });
    }
    const restored = await run(...only);
    for (const name of ["bios", "uefi"] as const) {
      expect(warnings(restored, name)).toEqual([]);
      expect(phases(restored, name)).toEqual(RESTORED);
    }
  });
});

test("restore_mode: cold boots from the disks and the firmware's variables, also where there is memory", async () => {
  await writeProject(cwd, { "inventory.yaml": inventory(["uefi"]) });
  await run();
  await writeProject(cwd, { "inventory.yaml": inventory(["uefi"], "restore_mode: cold") });
  const plan = await farm(["plan", "-i", "inventory.yaml", "--explain"], { cwd, home: lab.farmHome });
  expect(plan.stdout).toMatch(/restore init: 'init' of \S+, booted/);
  const unremembered = await run();
  expect(phases(unremembered, "uefi")).toEqual(RESTORED);
  expect(warnings(unremembered, "uefi")).toEqual([]);
  expect(seen(unremembered, "uefi")).toMatchObject({ done: KEPT.done, boot: "other", memory: "" });
  expect(await readdir(await initPoint("uefi"))).toContain("memory");

  const vars =
    "restore_mode: cold, allowed_phases: [startup, restore init, init, create init, main, shutdown]";
  await writeProject(cwd, { "inventory.yaml": inventory(["uefi"], vars) });
  const made = await run();
  const restored = await run();
  expect(phases(made, "uefi")).toContain("create init passed");
  expect(phases(restored, "uefi")).toEqual(RESTORED);
  for (const result of [made, restored])
    expect(seen(result, "uefi")).toMatchObject({
      done: "init",
      boot: "other",
      memory: "",
      second: KEPT.second,
      variable: "firmware",
    });
  expect(await readdir(await initPoint("uefi"))).not.toContain("memory");
});
