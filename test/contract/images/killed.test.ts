import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { faultyTools, orderToolFault } from "../../lab/faulty-tools.js";
import { type LabHypervisor, type LabHypervisors, startHypervisors } from "../../lab/hypervisors.js";
import { type ImageServer, imageServer, serveRanges } from "../../lab/image-server.js";
import {
  expectNoWrongFile,
  farmFiles,
  type ImageWorker,
  imageFiles,
  imageWorker,
} from "../../lab/image-worker.js";
import { faultHappened, untilFault } from "../../lab/ordered-fault.js";
import { digest, recipe } from "./pool.js";

let directory: string;
let lab: LabHypervisors;
let hypervisor: LabHypervisor;
let server: ImageServer;
let worker: ImageWorker;
let wanted: ReturnType<typeof recipe>;
const at = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-killed-"));
  await chmod(directory, 0o755);
  lab = await startHypervisors(1, { path: await faultyTools(directory) });
  [hypervisor] = lab.hypervisors as [LabHypervisor];
  worker = await imageWorker(lab);
  server = await imageServer();
  const archive = archiveOfDisk();
  server.on("/disk.raw.xz", serveRanges(archive));
  wanted = recipe(`${server.url}/disk.raw.xz`, {
    checksum: digest("sha256", archive),
    unpack: {},
    convertTo: "qcow2",
    sizeBytes: 64 << 20,
    partitionNumber: 1,
  });
});
afterAll(async () => {
  await server.close();
  await lab.stop();
  await worker.end();
  await rm(directory, { recursive: true });
});
beforeEach(() => rm(join(hypervisor.pool, "farm"), { recursive: true, force: true }));

const run = (tool: string, ...argv: string[]): string =>
  execFileSync(tool, argv, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

/** 16 MiB with a GPT and something in its partition, as xz packs it. */
function archiveOfDisk(): Buffer {
  run("qemu-img", "create", "-q", "-f", "raw", at("disk.raw"), "16M");
  run("sgdisk", "-n", "1:0:0", at("disk.raw"));
  run("dd", "if=/dev/urandom", `of=${at("disk.raw")}`, "bs=1M", "seek=2", "count=4", "conv=notrunc");
  return execFileSync("xz", ["-0", "-c", at("disk.raw")], { maxBuffer: 64 << 20 });
}

const start = (env: Record<string, string> = {}) => worker.start([wanted], env);

/** The next farm has all that it wants, without help, and nothing half is left. */
async function expectAllWell(): Promise<void> {
  const { code, said } = await start().ended;
  expect(said).not.toMatch(/cannot|refused/);
  expect(code, said).toBe(0);
  await expectNoWrongFile(hypervisor);
  const images = await imageFiles(hypervisor);
  expect(images).toEqual([expect.stringMatching(/^sha256-[0-9a-f]{64}\.qcow2$/)]);
  expect(await farmFiles(hypervisor, "vms/one")).toEqual(["disk-0.qcow2", "images", "seed.iso"]);
  const leaf = join(hypervisor.pool, "farm/vms/one/disk-0.qcow2");
  run("qemu-img", "compare", "-q", join(hypervisor.pool, "farm/images", String(images[0])), at("disk.raw"));
  run("qemu-img", "convert", "-O", "raw", leaf, at("leaf.raw"));
  expect(run("sgdisk", "-v", at("leaf.raw"))).toMatch(/No problems found/);
  expect(run("sgdisk", "-i", "1", at("leaf.raw"))).toMatch(/Last sector: 129023 /);
}

describe("farm is killed where a step begins, or has ended (with a dot)", () => {
  const steps = ["fetch", "verify", "unpack", "convert", "store", "leaf"].flatMap((step) => [
    step,
    `${step}.`,
  ]);
  test.each([...steps, "grow", "seed"])("%s", async (step) => {
    const { code } = await start({ FARM_FAIL_AT: `image/${step}` }).ended;
    expect(code).toBe(null);
    await expectNoWrongFile(hypervisor);
    await expectAllWell();
  });
});

/** What a step's program is called, and a word of its command line. */
const PROGRAMS = [
  ["fetch", ["curl", "-o"]],
  ["digest", ["openssl", "dgst"]],
  ["structure", ["qemu-img", "check"]],
  ["unpack", ["xz", "-dc -T0"]],
  ["unpack, writing", ["dd", "of="]],
  ["convert", ["qemu-img", "convert"]],
  ["store", ["mv", "-f"]],
  ["overlay", ["qemu-img", "create"]],
  ["grow, reading", ["qemu-io", "-r -U"]],
  ["grow, writing", ["qemu-io", "-f qcow2 -c write"]],
  ["seed disk", ["mv", "seed.iso"]],
] as const;

describe("farm is killed in the midst of", () => {
  test.each(PROGRAMS)("%s", async (_step, tool) => {
    await orderToolFault(hypervisor, tool, "stops");
    const stopped = untilFault(hypervisor);
    const { process: farm, ended } = start();
    await Promise.race([stopped, ended]);
    farm.kill("SIGKILL");
    expect(await ended).toMatchObject({ code: null });
    await expectNoWrongFile(hypervisor);
    await expectAllWell();
  });
});

describe("the program dies in the midst of", () => {
  test.each(PROGRAMS)("%s", async (_step, tool) => {
    await orderToolFault(hypervisor, tool, "dies");
    const { code, said } = await start().ended;
    expect(faultHappened(hypervisor)).toBe(true);
    // Either farm could go on, or it says what it could not do.
    if (code !== 0) expect(said).toMatch(/^(cannot|refused) /m);
    await expectNoWrongFile(hypervisor);
    await expectAllWell();
  });
});
