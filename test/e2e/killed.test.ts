import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { sha } from "../contract/images/pool.js";
import { eventsOfType, farm, startFarm, writeProject } from "../lab/farm.js";
import { faultyTools, orderToolFault } from "../lab/faulty-tools.js";
import { arrange, faultyVirsh } from "../lab/faulty-virsh.js";
import { type LabHypervisor, type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serve, serveFile } from "../lab/image-server.js";
import { agentImage, tinyImage } from "../lab/images.js";
import { InTurn } from "../lab/in-turn.js";
import { type KilledProject, killedProject } from "../lab/killed-project.js";
import { type Left, leftOn } from "../lab/left.js";
import { killAtFault } from "../lab/ordered-fault.js";
import { freePort } from "../lab/sshd.js";

/** As many hypervisors, and cases at a time: two guests are what two cores carry, and one of three waits for something. */
const AT_ONCE = 3;

let lab: LabHypervisors;
let server: ImageServer;
let directory: string;
let images: KilledProject["images"];
/** What a hypervisor has after each kind of run when none was killed; every one has the same. */
const expected = new Map<Kind, Left>();
const benches = new InTurn<Bench>();

/** One hypervisor with a project of its own. */
interface Bench {
  readonly hypervisor: LabHypervisor;
  readonly cwd: string;
  readonly port: number;
}

const NO_POINTS = { allowed_phases: ["startup", "main", "shutdown"] };
const NO_INIT = { allowed_phases: ["startup", "restore clean", "create clean", "main", "shutdown"] };

/** As much of a VM's life as a step needs, so that the run after it is short. */
const KINDS = {
  bare: { vm: "one", vars: NO_POINTS },
  clean: { vm: "one", vars: NO_INIT },
  again: { vm: "one", vars: NO_INIT, options: ["--fresh"] },
  cold: { vm: "one", vars: { ...NO_INIT, restore_mode: "cold" } },
  full: { vm: "one", vars: {} },
  agent: { vm: "agent", vars: NO_INIT },
  "agent again": { vm: "agent", vars: NO_INIT, options: ["--fresh"] },
  worked: { vm: "worked", vars: NO_POINTS },
} as const;
type Kind = keyof typeof KINDS;

/** What there is when the run that is killed begins. */
type Beginning = "nothing" | "images" | "clean" | "points" | "agent";

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-killed-"));
  await chmod(directory, 0o755);
  await faultyTools(directory);
  lab = await startHypervisors(AT_ONCE, { path: await faultyVirsh(directory) });
  server = await imageServer();
  images = await serveImages();
  benches.add(...(await Promise.all(lab.hypervisors.map(makeBench))));
});
afterAll(async () => {
  await server.close();
  await lab.stop();
  await rm(directory, { recursive: true, force: true });
});

async function serveImages(): Promise<KilledProject["images"]> {
  const [tiny, agent] = await Promise.all([tinyImage(), agentImage()]);
  server.on("/tiny.qcow2", serveFile(tiny.path));
  server.on("/agent.qcow2", serveFile(agent.path));
  const options = { encoding: "buffer", maxBuffer: 2 ** 30 } as const;
  const packed = (await promisify(execFile)("xz", ["-0", "-c", tiny.path], options)).stdout;
  server.on("/packed.xz", serve(packed));
  return {
    tiny: { url: `${server.url}/tiny.qcow2`, sha256: tiny.sha256 },
    agent: { url: `${server.url}/agent.qcow2`, sha256: agent.sha256 },
    packed: { url: `${server.url}/packed.xz`, sha256: sha("sha256", packed) },
  };
}

async function makeBench(hypervisor: LabHypervisor): Promise<Bench> {
  const bench = { hypervisor, cwd: join(directory, `project-${hypervisor.user}`), port: await freePort() };
  const [{ port: sshPort, clientKeyPath: keyFile }, { user, pool, home, as }] = [lab, hypervisor];
  await writeProject(bench.cwd, killedProject({ user, sshPort, keyFile, images, port: bench.port }));
  const leftBy = async (kind: Kind): Promise<Left> => {
    const result = await startRun(bench, kind).ended;
    expect(result.code, result.stdout + result.stderr).toBe(0);
    expect(eventsOfType(result, "warning")).toEqual([]);
    return quiet(hypervisor);
  };
  const keep = (what: Beginning) => as("cp", "-al", join(pool, "farm"), join(home, what));
  const agent = await leftBy("agent");
  await keep("agent");
  await begin(hypervisor, "nothing");
  const bare = await leftBy("bare");
  await keep("images");
  const full = await leftBy("full");
  await keep("points");
  await as("sh", "-c", 'rm -rf -- "$1"/init-* "$1"/dependencies-*', "sh", join(pool, "farm/points"));
  await keep("clean");
  const clean = await quiet(hypervisor);
  const cold = {
    ...clean,
    files: clean.files.filter((path) => !/clean-.*\/(memory|domain\.xml)$/.test(path)),
  };
  for (const [kind, left] of Object.entries({ agent, bare, clean, cold, full }))
    expected.set(kind as Kind, left);
  if (expected.has("worked")) return bench;
  await begin(hypervisor, "nothing");
  expected.set("worked", await leftBy("worked"));
  return bench;
}

/** @param failAt the step at which it kills itself */
function startRun({ cwd }: Pick<Bench, "cwd">, kind: Kind, failAt = "") {
  const { vm, vars, options = [] }: { vm: string; vars: object; options?: readonly string[] } = KINDS[kind];
  const limit = ["--limit", `${vm}_amd64`, "-e", JSON.stringify(vars), ...options];
  return startFarm(["run", "-i", "inventory.yaml", "--format", "json", ...limit], {
    cwd,
    home: lab.farmHome,
    env: { FARM_FAIL_AT: failAt },
  });
}

/** Ends a run by SIGKILL at some point. */
type Kill = (bench: Bench, kind: Kind) => Promise<void>;

/** Where a step ends, when it has a dot; else where it begins. */
const at =
  (step: string): Kill =>
  async (bench, kind) => {
    const { code, stdout } = await startRun(bench, kind, step).ended;
    expect(code, stdout).toBe(null);
  };

/** While virsh does something, or another program that is named with a word of its arguments. */
const during =
  (program: string, word: string): Kill =>
  async (bench, kind) => {
    const { hypervisor } = bench;
    if (program === "virsh") await arrange(hypervisor, word, "farm");
    else await orderToolFault(hypervisor, [program, word], "stops");
    await killAtFault(hypervisor, () => startRun(bench, kind));
  };

const QUIET = { domains: [], ports: [], locks: [], programs: [] };
/** How long is waited for what comes by itself, on a machine that has much else to do. */
const SOON = { timeout: 120_000, interval: 200 };

/** What is there when what ends by itself has ended. */
const quiet = (hypervisor: LabHypervisor): Promise<Left> =>
  untilLeft(hypervisor, (left) => expect(left).toMatchObject(QUIET));

const untilLeft = (hypervisor: LabHypervisor, check: (left: Left) => void): Promise<Left> =>
  vi.waitFor(async () => {
    const left = await leftOn(hypervisor);
    check(left);
    return left;
  }, SOON);

/** The kernel lets go of what a farm held when its shells there have seen that it is gone; QEMU keeps its images. */
const letGo = ({ locks }: Left) => expect(locks.filter((file) => !file.includes(".qcow2"))).toEqual([]);

/** Links stand for copies: what is there is never written to again, but for the text of locks. */
async function begin({ as, pool, home }: LabHypervisor, what: Beginning): Promise<void> {
  await as("rm", "-rf", join(pool, "farm"));
  if (what !== "nothing") await as("cp", "-al", join(home, what), join(pool, "farm"));
}

/**
 * What there is before, how the killed run and the next one live, and where it is killed: the next step begins where the one before it has
 * ended. What is left of a boot is mostly looked at by a run that restores: it wants the same names, and is short. Two words
 * are a program and what it does when farm is killed meanwhile.
 */
const STEPS: readonly (readonly [Beginning, killed: Kind, next: Kind, ...(string | [string, string])[]])[] = [
  ["nothing", "bare", "bare", "startup/callback.", "image/fetch.", "image/verify.", ["curl", "-o"]],
  ["images", "bare", "bare", "startup/disks."],
  ["points", "bare", "full", "startup", "startup/lock.", "startup/record.", "startup/image.", "image/leaf."],
  ["points", "bare", "full", "image/grow", "startup/switch.", "startup/define.", "startup/start."],
  ["points", "bare", "full", ["virsh", "start"], "startup/forward.", "startup/ssh.", "startup/set up."],
  ["points", "bare", "full", "startup/grow.", "startup/first boot."],
  ["nothing", "worked", "worked", "image/unpack.", ["qemu-img", "-O qcow2"], ["qemu-img", "-O raw"]],
  ["nothing", "worked", "worked", ["mv", "/copy"], "image/seed"],
  ["points", "again", "full", "create clean/save.", ["virsh", "snapshot-create"]],
  ["images", "clean", "clean", "create clean/write.", "create clean."],
  ["images", "cold", "cold", "create clean/power off.", "create clean/save."],
  ["clean", "full", "full", "restore clean/restore.", "restore clean.", "dependencies/save."],
  ["clean", "full", "full", ["virsh", "snapshot-create"], ["virsh", "save-image-dumpxml"]],
  ["clean", "full", "full", "dependencies/write.", "init/save.", "init/write."],
  ["clean", "full", "full", "create init/save.", "create init/write.", "create init."],
  ["points", "full", "full", "restore init/disks.", "restore init/switch.", ["virsh", "restore"]],
  ["points", "full", "full", "restore init/restore.", "restore init/forward.", "restore init/ssh."],
  ["points", "full", "full", "restore init/wake up.", "main.", "terminate.", ["virsh", "destroy"]],
  ["points", "full", "full", "shutdown/destroy.", "shutdown/files.", "shutdown.", "run/over."],
  ["agent", "agent again", "agent", "startup/agent.", "create clean/save."],
  ["agent", "agent", "agent", "restore clean/agent.", "restore clean/wake up.", "main."],
];
const CASES = STEPS.flatMap(([what, killed, next, ...steps]) =>
  steps.map((step): [string, Beginning, Kind, Kind, Kill] => {
    if (typeof step === "string") return [step, what, killed, next, at(step)];
    return [`the midst of ${step.join(" ")}`, what, killed, next, during(...step)];
  }),
);

test.concurrent.each([
  ["gc", "startup/disks."],
  ["gc", "startup/switch."],
  ["gc", "restore init/restore."],
  ["down", "startup/disks."],
  ["down", "startup/switch."],
  ["down", "restore init/restore."],
])("farm %s takes away what a farm has left that was killed in %s", (verb, step) =>
  benches.use(async (bench) => {
    const { hypervisor, cwd } = bench;
    await begin(hypervisor, "points");
    await at(step)(bench, step.startsWith("startup") ? "bare" : "full");
    const { programs } = await untilLeft(hypervisor, letGo);
    expect(programs.includes("vde_switch")).toBe(step !== "startup/disks.");

    const cleaned = await farm([verb, "-i", "inventory.yaml"], { cwd, home: lab.farmHome });
    expect(cleaned).toMatchObject({ code: 0, stderr: "" });
    expect(cleaned.stdout).toMatch(
      verb === "gc" ? /removed VM directory/ : /^removed one_amd64 from hypervisor$/m,
    );
    const { files } = await quiet(hypervisor);
    expect(files.filter((path) => /^\S+ vms\/(?!.*\.lock$)|^\S+ vde\//.test(path))).toEqual([]);
  }),
);

test.concurrent.each(CASES)(
  "a farm that is killed in %s, which began with %s (%s): the next run (%s) needs no help and leaves what any other does",
  (_, what, killed, next, kill) =>
    benches.use(async (bench) => {
      const { hypervisor, port } = bench;
      await begin(hypervisor, what);
      await kill(bench, killed);

      const second = await startRun(bench, next).ended;
      expect(second.code, second.stdout + second.stderr).toBe(0);
      const warnings = eventsOfType(second, "warning").map(({ message }) => message);
      expect(
        warnings.filter(
          (message) => !/which died or lost its connection$|half-made restore point/.test(message),
        ),
      ).toEqual([]);
      const ports = eventsOfType(second, "forwarded").flatMap(({ forwards }) =>
        forwards.map(({ host }) => host),
      );
      if (KINDS[next].vm === "one") expect(ports).toContain(port);
      expect(await quiet(hypervisor)).toEqual(expected.get(next));
    }),
);
