import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventsOfType, type FarmResult, farm, writeProject } from "../lab/farm.js";
import { arrange, faultyVirsh, type Victim } from "../lab/faulty-virsh.js";
import { type LabHypervisor, type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serveFile } from "../lab/image-server.js";
import { tinyImage } from "../lab/images.js";
import { InTurn } from "../lab/in-turn.js";
import { expectNothingLeft } from "../lab/nothing-left.js";
import { tinyProject } from "../lab/tiny-project.js";

const exec = promisify(execFile);

/** As many hypervisors, and cases at a time: two guests are what two cores carry. */
const AT_ONCE = 2;

let lab: LabHypervisors;
const hypervisors = new InTurn<LabHypervisor>();
let server: ImageServer;
let image: { url: string; sha256: string };
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-faults-"));
  await chmod(directory, 0o755);
  lab = await startHypervisors(AT_ONCE, { path: await faultyVirsh(directory) });
  // A disk of its own, which can be full without anybody else being in need.
  for (const { user, pool, as } of lab.hypervisors) {
    await as("mkdir", "-p", pool);
    await exec("mount", ["-t", "tmpfs", "-o", "size=1G,mode=0700", "tmpfs", pool]);
    await exec("chown", [user, pool]);
  }
  server = await imageServer();
  const { path, sha256 } = await tinyImage();
  server.on("/tiny.qcow2", serveFile(path));
  image = { url: `${server.url}/tiny.qcow2`, sha256 };
  hypervisors.add(...lab.hypervisors);
});
afterAll(async () => {
  await server.close();
  for (const { pool } of lab.hypervisors) await exec("umount", ["--lazy", pool]);
  await lab.stop();
  await rm(directory, { recursive: true, force: true });
});

/** Where it happens, what dies, how the run ends, and what it says. */
const FAULTS: [command: string, victim: Victim, code: number, says: RegExp][] = [
  ["snapshot-create", "virsh", 0, /there is no restore point 'clean': cannot save/],
  ["snapshot-create", "qemu", 3, /cannot save/],
  ["snapshot-create", "daemon", 0, /there is no restore point 'clean': cannot save/],
  ["snapshot-create", "connection", 3, /connection/],
  ["snapshot-create", "disk", 0, /there is no restore point 'clean': cannot save/],
  ["save-image-dumpxml", "virsh", 0, /there is no restore point 'clean': cannot write it/],
  ["save-image-dumpxml", "connection", 3, /connection/],
  ["save-image-dumpxml", "disk", 0, /there is no restore point 'clean': cannot write it/],
];

/** A project of its own on one hypervisor, in which a fault is one run's and not the next one's. */
async function project(name: string, hypervisor: LabHypervisor) {
  const cwd = join(directory, name.replace(" ", "-"));
  await mkdir(cwd);
  // The disk has room for the points of one project.
  await rm(join(hypervisor.pool, "farm/points"), { recursive: true, force: true });
  const phases = { init: "- command: 'true'\n", main: "- command: 'true'\n" };
  const alone = { ...lab, hypervisors: [hypervisor] };
  await writeProject(cwd, tinyProject({ lab: alone, image, platforms: ["one"], phases, name }));
  const run = (...more: string[]) =>
    farm(["run", "-i", "inventory.yaml", "--format", "json", ...more], { cwd, home: lab.farmHome });
  const faulty = async (command: string, victim: Victim, ...more: string[]) => {
    await arrange(hypervisor, command, victim);
    const result = await run(...more);
    const done = await readFile(join(hypervisor.home, "fault-done"), "utf8").catch(() => "nothing");
    expect(done, result.stdout + result.stderr).toMatch(/full|\d/);
    await rm(join(hypervisor.pool, "filler"), { force: true });
    return result;
  };
  return { run, faulty };
}

const phasesOf = (result: FarmResult) =>
  eventsOfType(result, "phase-ended").map(({ phase, status }) => `${phase} ${status}`);
const RESTORED = ["startup passed", "restore init passed", "main passed", "shutdown passed"];

async function expectNothingHalf(hypervisor: LabHypervisor): Promise<void> {
  await expectNothingLeft(hypervisor);
  const points = await readdir(join(hypervisor.pool, "farm/points")).catch(() => []);
  expect(points.filter((point) => point.includes(".part"))).toEqual([]);
}

async function expectRestored(third: FarmResult): Promise<void> {
  expect(third.code, third.stdout).toBe(0);
  expect(eventsOfType(third, "warning")).toEqual([]);
  expect(phasesOf(third)).toEqual(RESTORED);
}

test.concurrent.each(FAULTS)("%s: %s dies, and the next run needs no help", (command, victim, code, says) =>
  hypervisors.use(async (hypervisor) => {
    const { run, faulty } = await project(`${command} ${victim}`, hypervisor);
    const first = await faulty(command, victim, "--fresh");
    expect(first.stdout).toMatch(says);
    expect(first.code, first.stdout).toBe(code);

    const second = await run();
    expect(second.code, second.stdout).toBe(0);
    await expectNothingHalf(hypervisor);
    await expectRestored(await run());
  }),
);

test.concurrent.each([
  ["virsh", 0],
  ["qemu", 0],
  ["daemon", 0],
  ["connection", 3],
  ["disk", 0],
] as const)("restore: %s dies, and the guest boots instead where there is a way to it", (victim, code) =>
  hypervisors.use(async (hypervisor) => {
    const { run, faulty } = await project(`restore ${victim}`, hypervisor);
    expect((await run("--fresh")).code).toBe(0);

    const second = await faulty("restore", victim);
    expect(second.code, second.stdout).toBe(code);
    if (code === 0) await expectNothingHalf(hypervisor);

    const third = await run();
    expect(third.code, third.stdout).toBe(0);
    await expectNothingHalf(hypervisor);
    const warnings = eventsOfType(third, "warning").map(({ message }) => message);
    expect(warnings.filter((message) => !/which died or lost its connection$/.test(message))).toEqual([]);
    expect(phasesOf(third)).toEqual(RESTORED);
  }),
);

const BARE = ["-e", JSON.stringify({ allowed_phases: ["startup", "main", "shutdown"] })];

test.concurrent.each([
  ["start", "virsh", 0],
  ["start", "qemu", 3],
  ["start", "daemon", 0],
  ["start", "connection", 3],
  ["start", "disk", 3],
  ["destroy", "virsh", 0],
  ["destroy", "daemon", 0],
  ["destroy", "connection", 3],
] as const)("%s: %s dies, and the next run needs no help", (command, victim, code) =>
  hypervisors.use(async (hypervisor) => {
    const { run, faulty } = await project(`${command} ${victim}`, hypervisor);
    const first = await faulty(command, victim, ...BARE);
    expect(first.code, first.stdout).toBe(code);
    if (victim === "disk") expect(first.stdout).toMatch(/stands still: QEMU cannot write to its disks/);
    if (code === 0) await expectNothingHalf(hypervisor);

    const second = await run(...BARE);
    expect(second.code, second.stdout).toBe(0);
    await expectNothingHalf(hypervisor);
  }),
);
