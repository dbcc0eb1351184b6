import { createHash } from "node:crypto";
import { appendFile, copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventsOfType, farm, writeProject } from "../lab/farm.js";
import { serve, serveFile } from "../lab/image-server.js";
import { tinyImage } from "../lab/images.js";
import { startTinyFarm, type TinyFarm } from "../lab/tiny-farm.js";

let tiny: TinyFarm;
let images: string;
let was: { readonly path: string; readonly sha256: string };

beforeAll(async () => {
  was = await tinyImage();
  tiny = await startTinyFarm(1, { platforms: ["one"], phases: { init: "- command: 'true'\n" } });
  images = await mkdtemp(join(tmpdir(), "farm-images-"));
  const platform = await readFile(join(tiny.cwd, "platforms/one.yaml"), "utf8");
  const sums = `${tiny.server.url}/SHA256SUMS`;
  await writeProject(tiny.cwd, { "platforms/one.yaml": platform.replace(/"sha256:[^"]*"/, sums) });
  offer(was.path, was.sha256);
});
afterAll(async () => {
  await tiny.stop();
  await rm(images, { recursive: true, force: true });
});

/** What the server has from now on. */
function offer(path: string, sha256: string): void {
  tiny.server.on("/tiny.qcow2", serveFile(path));
  tiny.server.on("/SHA256SUMS", serve(Buffer.from(`${sha256}  tiny.qcow2\n`)));
}

const call = (...words: string[]) => farm([...words, "-i", "inventory.yaml"], tiny.place);
const stored = async () =>
  (await tiny.lab.hypervisors[0]?.as("find", tiny.lab.hypervisors[0].pool, "-name", "*.qcow2")) ?? "";

test("an image that changed upstream is told of by plan and run, its points are made anew, and the old one stays for what uses it", async () => {
  const first = await call("run", "--keep", "--format", "json");
  expect(first.code, first.stdout).toBe(0);

  const path = join(images, "tiny.qcow2");
  await copyFile(was.path, path);
  await appendFile(path, "of another day");
  const sha256 = createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
  offer(path, sha256);

  const change = new RegExp(`has changed: it was sha256 ${was.sha256}, fetched .*, and is ${sha256} now`);
  const planned = await call("plan");
  expect(planned).toMatchObject({ code: 0, stderr: expect.stringMatching(change) });
  expect(planned.stdout).toMatch(/one_amd64 .* image .*clean again, init again/);
  const { vms } = JSON.parse((await call("plan", "--format", "json")).stdout);
  expect(vms[0].points).toEqual([
    expect.objectContaining({ kind: "clean", action: "remake", because: "the image of tiny.qcow2 changed" }),
    expect.objectContaining({ kind: "init", action: "remake", because: "the image of tiny.qcow2 changed" }),
  ]);

  const second = await call("run", "--instance", "new", "--format", "json");
  expect(second.code, second.stdout).toBe(0);
  expect(eventsOfType(second, "warning").map(({ message }) => message)).toEqual([
    expect.stringMatching(change),
  ]);
  expect(eventsOfType(second, "phase-ended").map(({ phase }) => phase)).toContain("create init");

  // Whoever runs on the old one goes on, whatever the limits are.
  expect((await call("gc", "--max-size", "1K")).code).toBe(0);
  expect(await stored()).toContain(was.sha256);
  expect(await farm(["ssh", "-i", "inventory.yaml", "one_amd64", "--", "true"], tiny.place)).toMatchObject({
    code: 0,
  });
});
