import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ONLY_CARD } from "../../src/libvirt/domain/card.js";
import { eventsOfType, type FarmResult, farm, writeProject } from "../lab/farm.js";
import { type LabHypervisor, type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serveFile } from "../lab/image-server.js";
import { cloudInitImage, tinyImage } from "../lab/images.js";
import { leftOn } from "../lab/left.js";
import { expectNothingLeft } from "../lab/nothing-left.js";
import { nameOf, processesOf } from "../lab/processes.js";
import { tinyProject } from "../lab/tiny-project.js";

let lab: LabHypervisors;
let hypervisor: LabHypervisor;
let server: ImageServer;
let directory: string;

beforeAll(async () => {
  lab = await startHypervisors(1);
  [hypervisor] = lab.hypervisors as [LabHypervisor];
  server = await imageServer();
  directory = await mkdtemp(join(tmpdir(), "farm-instances-"));
});
afterAll(async () => {
  await server.close();
  await lab.stop();
  await rm(directory, { recursive: true, force: true });
});

const SOON = { timeout: 60_000, interval: 200 };
const MAC = "52:54:00:aa:00:01";
const CARDS = "- { name: Cards, shell: cat /sys/class/net/e*/address }\n";

/** The addresses of the guest's cards, as its task has read them. */
const cardsOf = (result: FarmResult) =>
  eventsOfType(result, "task-ended").flatMap(({ task, result: { stdout } }) =>
    task === "Cards" ? String(stdout).split("\n").sort() : [],
  );

const farmIn = (cwd: string, verb: string, ...options: string[]) =>
  farm([verb, "-i", "inventory.yaml", "--format", "json", ...options], { cwd, home: lab.farmHome });

test("an instance on a network with others has a card of its own, for which it boots from the points' disks", async () => {
  const { path, sha256 } = await tinyImage();
  server.on("/tiny.qcow2", serveFile(path));
  const image = { url: `${server.url}/tiny.qcow2`, sha256 };
  const phases = { init: "- shell: echo init > /root/init\n", main: `- command: cat /root/init\n${CARDS}` };
  const cwd = join(directory, "tiny");
  await writeProject(cwd, {
    ...tinyProject({ lab, image, platforms: ["one"], phases }),
    "targets/amd64.yaml": `vm: { arch: x86_64, machine: q35, vcpus: 1, ram: 256, net: { type: vde, source: lab, mac: "${MAC}" } }\n`,
  });
  const first = await farmIn(cwd, "run", "--keep");
  expect(first.code, first.stdout).toBe(0);
  expect(cardsOf(first)).toEqual([ONLY_CARD, MAC]);

  const beside = await farmIn(cwd, "run", "--instance", "b", "--keep");
  expect(beside.code, beside.stdout).toBe(0);
  expect(eventsOfType(beside, "warning")).toEqual([]);
  expect(eventsOfType(beside, "phase-ended").map(({ phase }) => phase)).toEqual([
    "startup",
    "restore init",
    "main",
  ]);
  const cards = cardsOf(beside);
  expect(cards).toEqual([expect.stringMatching(/^52:54:00:/), expect.stringMatching(/^52:54:00:/)]);
  expect(cards).toContain(ONLY_CARD);
  expect(cards).not.toContain(MAC);

  const plan = JSON.parse((await farmIn(cwd, "plan")).stdout);
  expect(plan.vms[0].points).toContainEqual(expect.objectContaining({ kind: "init", action: "restore" }));
  const down = await farmIn(cwd, "down", "--all-instances");
  expect(down.code, down.stdout + down.stderr).toBe(0);
  await expectNothingLeft(hypervisor);
  const programs = await Promise.all((await processesOf(hypervisor.user)).map(nameOf));
  expect(programs).not.toContain("vde_switch");
});

test("cloud-init asks for an address on the card that farm logs in by, also after a farm that was killed when it had logged in", async () => {
  const { path, sha256 } = await cloudInitImage();
  server.on("/cloud.qcow2", serveFile(path));
  const image = { url: `${server.url}/cloud.qcow2`, sha256 };
  const phases = { main: `${CARDS}- { name: Address, shell: "ip -4 -o address show dev eth0" }\n` };
  const cwd = join(directory, "cloud");
  const files = tinyProject({ lab, image, platforms: ["cloud"], phases, vmVars: "connection_timeout: 120" });
  await writeProject(cwd, {
    ...files,
    "platforms/cloud.yaml": (files["platforms/cloud.yaml"] ?? "")
      .replace("credential", "nocloud")
      .replace("1G", "5G"),
    "targets/amd64.yaml": `vm: { arch: x86_64, machine: q35, vcpus: 2, ram: 1024, net: { type: vde, source: lab, mac: "${MAC}" } }\n`,
  });
  const bare = ["-e", '{"allowed_phases": ["startup", "main", "shutdown"]}'];
  // farm dies when it has logged in for the first time, while cloud-init works in the guest.
  const place = { cwd, home: lab.farmHome, env: { FARM_FAIL_AT: "startup/ssh." } };
  const killed = await farm(["run", "-i", "inventory.yaml", ...bare], place);
  expect(killed.code, killed.stdout).toBe(null);
  expect((await leftOn(hypervisor)).domains).toEqual(["cloud_amd64"]);

  const result = await farmIn(cwd, "run", ...bare);
  expect(result.code, result.stdout).toBe(0);
  expect(eventsOfType(result, "warning").map(({ message }) => message)).toEqual([
    expect.stringMatching(/^removed the VM of run \S+, which died or lost its connection$/),
  ]);
  const left = await vi.waitFor(async () => {
    const found = await leftOn(hypervisor);
    expect(found).toMatchObject({ domains: [], ports: [], locks: [], programs: [] });
    return found;
  }, SOON);
  expect(left.files.filter((path) => / (runs|vde|vms)\/(?!.*\.lock$)|\.part/.test(path))).toEqual([]);
  expect(cardsOf(result)).toEqual([ONLY_CARD, MAC]);
  const address = eventsOfType(result, "task-ended").find(({ task }) => task === "Address");
  expect(address?.result["stdout"]).toContain("10.0.2.15");
});

test("projects share a clean guest, whatever their VMs are called; a name that another's VM has is refused before anything is fetched", async () => {
  const { path, sha256 } = await tinyImage();
  server.on("/tiny.qcow2", serveFile(path));
  const project = async (
    name: string,
    platform: string,
    image = { url: `${server.url}/tiny.qcow2`, sha256 },
  ) => {
    const cwd = join(directory, name);
    await writeProject(cwd, {
      ...tinyProject({ lab, image, platforms: [platform], phases: { main: "- command: hostname\n" }, name }),
      "targets/amd64.yaml":
        "vm: { arch: x86_64, machine: q35, vcpus: 1, ram: 256, metadata: { hostname: guest } }\n",
    });
    return (verb: string, ...options: string[]) => farmIn(cwd, verb, ...options);
  };
  const expectShared = (result: FarmResult) => {
    expect(result.code, result.stdout).toBe(0);
    expect(eventsOfType(result, "warning")).toEqual([]);
    const restored = eventsOfType(result, "step-ended").filter(({ phase }) => phase === "restore clean");
    expect(restored.map(({ step }) => step)).toContain("wake up");
    expect(eventsOfType(result, "task-ended")).toMatchObject([{ result: { stdout: "guest" } }]);
  };
  const first = await project("first", "one");
  const second = await project("second", "two");
  const third = await project("third", "three");
  for (const made of await Promise.all([first("run", "--keep"), second("run")])) {
    expect(made.code, made.stdout).toBe(0);
    expect(eventsOfType(made, "warning")).toEqual([]);
  }
  expectShared(await third("run"));

  const never = { url: `${server.url}/never.qcow2`, sha256: "0".repeat(64) };
  const refused = await (await project("fourth", "one", never))("run");
  expect(refused.code, refused.stdout).toBe(3);
  expect(eventsOfType(refused, "run-ended")).toMatchObject([
    {
      outcomes: [
        { message: expect.stringMatching(/has a VM 'one_amd64' of project 'first' \(.*--instance NAME/) },
      ],
    },
  ]);
  expect(server.requests.filter((request) => request.includes("never"))).toEqual([]);
  expectShared(await (await project("fourth", "one"))("run", "--instance", "x"));

  expect((await first("down")).code).toBe(0);
  await expectNothingLeft(hypervisor);
});
