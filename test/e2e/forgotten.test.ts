import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { farm, writeProject } from "../lab/farm.js";
import { type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serveFile } from "../lab/image-server.js";
import { tinyImage } from "../lab/images.js";
import { expectNothingLeft } from "../lab/nothing-left.js";
import { tinyProject } from "../lab/tiny-project.js";

let lab: LabHypervisors;
let server: ImageServer;
let cwd: string;

beforeAll(async () => {
  lab = await startHypervisors(1);
  server = await imageServer();
  const { path, sha256 } = await tinyImage();
  server.on("/tiny.qcow2", serveFile(path));
  cwd = await mkdtemp(join(tmpdir(), "farm-project-"));
  const image = { url: `${server.url}/tiny.qcow2`, sha256 };
  await writeProject(
    cwd,
    tinyProject({ lab, image, platforms: ["one"], phases: { main: "- command: 'true'\n" } }),
  );
});
afterAll(async () => {
  await server.close();
  await lab.stop();
  await rm(cwd, { recursive: true, force: true });
});

const inFarm = (verb: string, ...options: string[]) =>
  farm([verb, "-i", "inventory.yaml", ...options], { cwd, home: lab.farmHome });

test("down says which instances it leaves, and takes all of them when told to", async () => {
  for (const name of ["b", "all"]) {
    const kept = await inFarm("run", "--keep", "--instance", name);
    expect(kept.code, kept.stdout).toBe(0);
  }
  const none = await inFarm("down");
  expect(none).toMatchObject({ code: 0, stderr: "" });
  expect(none.stdout.split("\n").sort()).toEqual([
    "",
    "left one_amd64 of instance 'all' on hypervisor1: 'farm down' with --instance all, or with --all-instances, removes it",
    "left one_amd64 of instance 'b' on hypervisor1: 'farm down' with --instance b, or with --all-instances, removes it",
    "nothing to remove",
  ]);
  const refused = await inFarm("down", "--all-instances", "--instance", "b");
  expect(refused.code).toBe(2);
  const one = await inFarm("down", "--instance", "all", "--format", "json");
  expect(JSON.parse(one.stdout)).toEqual({
    removals: [{ vm: "one_amd64", hypervisor: "hypervisor1", removed: true }],
    left: [{ vm: "one_amd64", hypervisor: "hypervisor1", instance: "b" }],
    problems: [],
  });
  const all = await inFarm("down", "--all-instances");
  expect(all).toMatchObject({ code: 0, stdout: "removed one_amd64 from hypervisor1\n", stderr: "" });
  await expectNothingLeft(...lab.hypervisors);
});
