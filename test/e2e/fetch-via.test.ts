import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventsOfType, farm, writeProject } from "../lab/farm.js";
import { type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serveFile } from "../lab/image-server.js";
import { tinyImage } from "../lab/images.js";
import { tinyProject } from "../lab/tiny-project.js";

let lab: LabHypervisors;
let server: ImageServer;
let cwd: string;

beforeAll(async () => {
  lab = await startHypervisors(2);
  server = await imageServer();
  const { path, sha256 } = await tinyImage();
  server.on("/tiny.qcow2", serveFile(path));
  cwd = await mkdtemp(join(tmpdir(), "farm-project-"));
  const image = { url: `${server.url}/tiny.qcow2`, sha256 };
  const phases = { main: "- command: 'true'\n" };
  const hypervisorVars = "fetch_via: controller\n        max_vms: 1";
  await writeProject(cwd, tinyProject({ lab, image, platforms: ["one", "two"], phases, hypervisorVars }));
});
afterAll(async () => {
  await server.close();
  await lab.stop();
  await rm(cwd, { recursive: true, force: true });
});

test("two hypervisors get their image by one download of the controller's", async () => {
  const options = { cwd, home: lab.farmHome };
  const result = await farm(["run", "-i", "inventory.yaml", "--format", "json"], options);
  expect(result.code, result.stdout).toBe(0);
  expect(server.requests).toEqual(["GET /tiny.qcow2"]);
  const uploads = eventsOfType(result, "progress").filter(({ step }) => step === "upload");
  expect(new Set(uploads.map(({ vm }) => vm))).toEqual(new Set(["one_amd64", "two_amd64"]));
  const kept = async () =>
    (await readdir(join(lab.farmHome, ".cache/farm/fetched/farm/images"))).filter((name) =>
      name.startsWith("sha256-"),
    );
  expect(await kept()).toHaveLength(1);
  const gc = (...limits: string[]) => farm(["gc", "-i", "inventory.yaml", ...limits], options);
  expect((await gc("--max-age", "30d")).stdout).not.toContain("the controller");
  expect(await kept()).toHaveLength(1);
  expect((await gc("--max-size", "1K")).stdout).toMatch(
    /^removed image sha256-[0-9a-f]{64}\.\w+ on the controller /m,
  );
  expect(await kept()).toEqual([]);
});
