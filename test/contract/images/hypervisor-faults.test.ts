import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type LabHypervisor, type LabHypervisors, startHypervisors } from "../../lab/hypervisors.js";
import { cutOff, type ImageServer, imageServer, serve, serveRanges } from "../../lab/image-server.js";
import {
  expectNoWrongFile,
  farmFiles,
  type ImageWorker,
  imageFiles,
  imageWorker,
} from "../../lab/image-worker.js";
import { digest, recipe, sha } from "./pool.js";

const MIB = 2 ** 20;

let directory: string;
let lab: LabHypervisors;
let hypervisor: LabHypervisor;
let worker: ImageWorker;
let server: ImageServer;
/** A qcow2 image of 8 MiB of noise. */
let image: Buffer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-image-faults-"));
  await chmod(directory, 0o755);
  const raw = join(directory, "raw");
  await writeFile(raw, randomBytes(8 * MIB));
  execFileSync("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", raw, `${raw}.qcow2`]);
  image = await readFile(`${raw}.qcow2`);
  lab = await startHypervisors(1);
  [hypervisor] = lab.hypervisors as [LabHypervisor];
  worker = await imageWorker(lab);
});
afterAll(async () => {
  await lab.stop();
  await worker.end();
  await rm(directory, { recursive: true });
});
beforeEach(async () => {
  server = await imageServer();
});
afterEach(async () => {
  await server.close();
  await rm(join(hypervisor.pool, "farm"), { recursive: true, force: true });
});

const checked = () => recipe(`${server.url}/a`, { checksum: digest("sha256", image) });
const run = async (name?: string, wanted = checked()) => {
  const result = await worker.start([wanted], {}, name).ended;
  await expectNoWrongFile(hypervisor);
  return result;
};
const expectGood = async () =>
  expect(await imageFiles(hypervisor)).toEqual([`sha256-${sha("sha256", image)}.qcow2`]);

test("a download that is cut off goes on where it ended", async () => {
  server.on("/a", cutOff(image, 3 * MIB));
  expect((await run()).code).toBe(0);
  expect(server.headers.map(({ range }) => range)).toEqual([
    undefined,
    `bytes=${3 * MIB - 1}-`,
    `bytes=${6 * MIB - 2}-`,
  ]);
  await expectGood();
});

test("a wrong digest is not stored; the right one is, without help", async () => {
  server.on("/a", serve(image.subarray(0, MIB)));
  const first = await run();
  expect(first.code).toBe(3);
  expect(first.said).toMatch(/^the image http\S+ has sha256 [0-9a-f]{64}, wanted [0-9a-f]{64}$/m);
  expect(await imageFiles(hypervisor)).toEqual([]);
  server.on("/a", serve(image));
  expect((await run()).code).toBe(0);
  await expectGood();
});

test("a server that tells no length and hangs up in the midst is found out", async () => {
  const half = { bytes: image.length / 2 };
  server.on("/a", (_request, response) => {
    response.writeHead(200, { connection: "close" });
    response.write(image.subarray(0, half.bytes));
    response.end();
  });
  const plain = recipe(`${server.url}/a`);
  const first = await run("one", plain);
  expect(first).toMatchObject({ code: 3, said: expect.stringMatching(/^refused the image .*damaged/m) });
  expect(await imageFiles(hypervisor)).toEqual([]);
  half.bytes = image.length;
  expect((await run("one", plain)).code).toBe(0);
  await expectGood();
});

test("two farms that want one image get it by one download", async () => {
  server.on("/a", (request, response, count) => {
    setTimeout(() => serve(image)(request, response, count), 1_500);
  });
  const both = await Promise.all(["one", "two"].map((name) => worker.start([checked()], {}, name).ended));
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(server.requests).toEqual(["GET /a"]);
  expect(await farmFiles(hypervisor, "vms")).toEqual(["one", "two"]);
  await expectNoWrongFile(hypervisor);
  await expectGood();
});

test("ten VMs of one image use the disk of one and ten small leaves", async () => {
  server.on("/a", serve(image));
  const names = Array.from({ length: 10 }, (_, index) => `vm${index}`);
  const wanted = { ...checked(), sizeBytes: 64 * MIB };
  for (const name of names) expect((await run(name, wanted)).code).toBe(0);
  await expectGood();
  const used = (path: string) =>
    Number(
      execFileSync("du", ["-sk", join(hypervisor.pool, "farm", path)], { encoding: "utf8" }).split("\t")[0],
    );
  expect(server.requests).toEqual(["GET /a"]);
  expect(used("images")).toBeLessThan(image.length / 1024 + 200);
  for (const name of names) expect(used(`vms/${name}`)).toBeLessThan(400);
});

describe("a disk that is full", () => {
  beforeEach(async () => {
    await hypervisor.as("mkdir", "-p", hypervisor.pool);
  });
  afterEach(() => execFileSync("umount", ["--lazy", hypervisor.pool]));

  /** A disk of the pool's own, of so many KiB. */
  const disk = (kib: number) => {
    const options = `size=${kib}k,mode=0700,uid=${execFileSync("id", ["-u", hypervisor.user], { encoding: "utf8" }).trim()}`;
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "farm-test", hypervisor.pool]);
  };
  test("what there is no room for is given up before the disk is full", async () => {
    server.on("/a", (_request, response) => {
      response.writeHead(200, { "content-length": 2 ** 30 });
      response.write(image.subarray(0, MIB));
    });
    disk(12 * 1024);
    const { code, said } = await run();
    expect(said).toMatch(
      /^cannot fetch http\S+ to '\S+': it has 1 GiB, and there is room for 1\d(\.\d)? MiB$/m,
    );
    expect(code).toBe(3);
    expect(await imageFiles(hypervisor)).toEqual([]);
  });

  const room = () => execFileSync("mount", ["-o", "remount,size=40m", hypervisor.pool]);

  /** What fills up, how large the disk is, and what the image is made of. */
  const cases = (): [string, number, () => ReturnType<typeof recipe>, RegExp][] => [
    ["while it is fetched", 4096, checked, /^cannot fetch http\S+ to '\S+': .*there is no space left after/m],
    [
      "while it is converted",
      12 * 1024,
      () => ({ ...checked(), convertTo: "raw" }),
      /^cannot convert an image on '\S+': .*No space left on device/m,
    ],
    [
      "while its overlay is made",
      Math.ceil(image.length / 1024) + 60,
      () => ({ ...checked(), sizeBytes: 64 * MIB }),
      /No space left on device/,
    ],
  ];
  test.each([0, 1, 2])("case %s: nothing wrong is left, and with room all goes well", async (index) => {
    const [_name, kib, wanted, says] = cases()[index] ?? [];
    if (kib === undefined || !wanted || !says) throw new Error("no such case");
    server.on("/a", serveRanges(image));
    disk(kib);
    const first = await run("one", wanted());
    expect(first.said).toMatch(says);
    expect(first.code).toBe(3);
    expect((await imageFiles(hypervisor)).filter((name) => name.includes(".part"))).toEqual([]);
    room();
    expect((await run("one", wanted())).code).toBe(0);
    expect((await imageFiles(hypervisor)).filter((name) => name.includes(".part"))).toEqual([]);
  });
});
