import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { eventsOfType, type FarmResult, farm, writeProject } from "../lab/farm.js";
import { arrange, faultyVirsh, type Victim } from "../lab/faulty-virsh.js";
import { type LabHypervisor, type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serveFile } from "../lab/image-server.js";
import { tinyImage } from "../lab/images.js";
import { expectNothingLeft } from "../lab/nothing-left.js";
import { tinyProject } from "../lab/tiny-project.js";

const exec = promisify(execFile);

let lab: LabHypervisors;
let hypervisor: LabHypervisor;
let server: ImageServer;
let image: { url: string; sha256: string };
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-faults-"));
  await chmod(directory, 0o755);
  lab = await startHypervisors(1, { path: await faultyVirsh(directory) });
  [hypervisor] = lab.hypervisors as [LabHypervisor];
  // A disk of its own, which can be full without anybody else being in need.
  await hypervisor.as("mkdir", "-p", hypervisor.pool);
  await exec("mount", ["-t", "tmpfs", "-o", "size=1G,mode=0700", "tmpfs", hypervisor.pool]);
  await exec("chown", [hypervisor.user, hypervisor.pool]);
  server = await imageServer();
  const { path, sha256 } = await tinyImage();
  server.on("/tiny.qcow2", serveFile(path));
  image = { url: `${server.url}/tiny.qcow2`, sha256 };
});
afterAll(async () => {
  await server.close();
  if (hypervisor) await exec("umount", ["--lazy", hypervisor.pool]);
  await lab.stop();
  await rm(directory, { recursive: true, force: true });
});

// The disk has room for the points of one project.
afterEach(() => rm(join(hypervisor.pool, "farm/points"), { recursive: true, force: true }));

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

/** A project of its own, in which a fault is one run's and not the next one's. */
async function project(name: string) {
  const cwd = join(directory, name.replace(" ", "-"));
  await mkdir(cwd);
  const phases = { init: "- command: 'true'\n", main: "- command: 'true'\n" };
  await writeProject(cwd, tinyProject({ lab, image, platforms: ["one"], phases, name }));
  const run = (...more: string[]) =>
    farm(["run", "-i", "inventory.yaml", "--format", "json", ...more], { cwd, home: lab.farmHome });
  const faulty = async (command: string, victim: Victim, ...more: string[]) => {
    await arrange(hypervisor, command, victim);
    const result = await run(...more);
    expect(await readFile(join(hypervisor.home, "fault-done"), "utf8")).toMatch(/full|\d/);
    await rm(join(hypervisor.pool, "filler"), { force: true });
    return result;
  };
  return { run, faulty };
}

const phasesOf = (result: FarmResult) =>
  eventsOfType(result, "phase-ended").map(({ phase, status }) => `${phase} ${status}`);
const RESTORED = ["startup passed", "restore init passed", "main passed", "shutdown passed"];

async function expectNothingHalf(): Promise<void> {
  await expectNothingLeft(hypervisor);
  const points = await readdir(join(hypervisor.pool, "farm/points"));
  expect(points.filter((point) => point.includes(".part"))).toEqual([]);
}

test.each(FAULTS)("%s: %s dies, and the next run needs no help", async (command, victim, code, says) => {
  const { run, faulty } = await project(`${command} ${victim}`);
  const first = await faulty(command, victim, "--fresh");
  expect(first.stdout).toMatch(says);
  expect(first.code, first.stdout).toBe(code);

  const second = await run();
  expect(second.code, second.stdout).toBe(0);
  await expectNothingHalf();

  const third = await run();
  expect(third.code, third.stdout).toBe(0);
  expect(eventsOfType(third, "warning")).toEqual([]);
  expect(phasesOf(third)).toEqual(RESTORED);
});

test.each(["virsh", "qemu", "daemon"] as const)(
  "restore: %s dies, and the guest boots instead",
  async (victim) => {
    const { run, faulty } = await project(`restore ${victim}`);
    expect((await run("--fresh")).code).toBe(0);

    const second = await faulty("restore", victim);
    expect(second.code, second.stdout).toBe(0);
    await expectNothingHalf();

    const third = await run();
    expect(third.code, third.stdout).toBe(0);
    expect(eventsOfType(third, "warning")).toEqual([]);
    expect(phasesOf(third)).toEqual(RESTORED);
  },
);
