import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { controllerCache } from "../../../src/images/controller-cache.js";
import type { ControllerCache, ImageProgress } from "../../../src/images/fetch/job.js";
import { sourceKey } from "../../../src/images/recipe/source-url.js";
import { ImageStore } from "../../../src/images/store.js";
import type { Shell } from "../../../src/transport/shell.js";
import { connectSsh } from "../../../src/transport/ssh/ssh-shell.js";
import { type LabHypervisor, type LabHypervisors, startHypervisors } from "../../lab/hypervisors.js";
import { type ImageServer, imageServer, serve, serveRanges } from "../../lab/image-server.js";
import { imageFiles } from "../../lab/image-worker.js";
import { digest, quickClock, recipe, sha } from "./pool.js";

const MIB = 2 ** 20;

let directory: string;
let lab: LabHypervisors;
let shells: Shell[];
let server: ImageServer;
let cache: ControllerCache;
let warnings: string[];
/** A qcow2 image of some MiB of noise. */
let image: Buffer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-via-"));
  await chmod(directory, 0o755);
  const raw = join(directory, "raw");
  await writeFile(raw, randomBytes(4 * MIB));
  execFileSync("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", raw, `${raw}.qcow2`]);
  image = await readFile(`${raw}.qcow2`);
  // Hypervisors that reach no server.
  const bin = join(directory, "bin");
  await mkdir(bin, { mode: 0o755 });
  for (const tool of ["curl", "wget"])
    await writeFile(join(bin, tool), "#!/bin/sh\nexit 7\n", { mode: 0o755 });
  lab = await startHypervisors(2, { path: bin });
  shells = await Promise.all(lab.hypervisors.map(connect));
});
afterAll(async () => {
  for (const shell of shells) await shell.close();
  await lab.stop();
  await rm(directory, { recursive: true });
});
beforeEach(async () => {
  server = await imageServer();
  warnings = [];
  cache = newCache();
});
afterEach(async () => {
  await server.close();
  await rm(join(directory, "cache"), { recursive: true, force: true });
  for (const { pool } of lab.hypervisors) await rm(join(pool, "farm"), { recursive: true, force: true });
});

const connect = ({ user }: LabHypervisor): Promise<Shell> =>
  connectSsh({
    ...{ name: user, host: "127.0.0.1", port: lab.port, user, auth: { keyFiles: [lab.clientKeyPath] } },
    hostKey: { kind: "pinned", key: lab.hostKey, onFirst: () => undefined },
  });
const onWarning = (message: string) => void warnings.push(message);
const newCache = () =>
  controllerCache({ clock: quickClock(), onWarning, directory: join(directory, "cache") });
/** A farm's stores on both hypervisors. */
const stores = () =>
  shells.map(
    (shell) =>
      new ImageStore(shell, "~/.local/share/libvirt/images", { clock: quickClock(), onWarning, via: cache }),
  ) as [ImageStore, ImageStore];
const url = () => `${server.url}/good.qcow2`;
const checked = () => recipe(url(), { checksum: digest("sha256", image) });
const name = () => `sha256-${sha("sha256", image)}.qcow2`;
const expectOnBoth = async () => {
  for (const hypervisor of lab.hypervisors) expect(await imageFiles(hypervisor)).toEqual([name()]);
};

test("one download for two hypervisors and another farm, sent to each and verified there", async () => {
  server.on("/good.qcow2", (request, response, count) => {
    setTimeout(() => serve(image)(request, response, count), 700);
  });
  const steps: ImageProgress[] = [];
  const [one, two] = stores();
  const other = controllerCache({ clock: quickClock(), onWarning, directory: join(directory, "cache") });
  const wanted = { url: url(), checksum: digest("sha256", image) };
  const all = await Promise.all([
    one.ensure(checked(), { onProgress: (step) => steps.push(step) }),
    two.ensure(checked()),
    other.fetch(wanted, new AbortController().signal, () => undefined),
  ]);
  expect(all.map(({ sha256 }) => sha256)).toEqual(Array(3).fill(sha("sha256", image)));
  expect(server.requests).toEqual(["GET /good.qcow2"]);
  expect(steps.filter(({ step }) => step === "upload").at(-1)).toMatchObject({
    done: image.length,
    total: image.length,
  });
  await expectOnBoth();
  const [first] = lab.hypervisors as [LabHypervisor];
  expect((await readFile(join(first.pool, "farm/images", name()))).equals(image)).toBe(true);
  await one.ensure(checked());
  expect(server.requests).toHaveLength(1);
});

/** What an upload of a farm before has left. */
async function left({ user, as, pool }: LabHypervisor, from: string, bytes: Buffer): Promise<void> {
  const part = join(pool, "farm/images", `fetch-${sourceKey(url())}-download.part`);
  await as("mkdir", "-p", join(pool, "farm/images"));
  await writeFile(part, bytes);
  await writeFile(`${part}.from`, `sha256:${from}\n`);
  execFileSync("chown", [user, part, `${part}.from`]);
}

test("an upload that broke off goes on where it ended; another file's beginning does not count", async () => {
  server.on("/good.qcow2", serve(image));
  const [one, two] = lab.hypervisors as [LabHypervisor, LabHypervisor];
  // Its first half is no longer what was sent: all of it is sent anew, and that is told.
  const damaged = Buffer.from(image.subarray(0, 2 * MIB)).fill(0, 0, 9);
  await left(one, sha("sha256", image), damaged);
  await left(two, "0".repeat(64), Buffer.alloc(2 * MIB));
  await Promise.all(stores().map((store) => store.ensure(checked())));
  expect(warnings).toEqual([
    expect.stringMatching(/its beginning was fetched earlier: all of it is fetched anew$/),
  ]);
  expect(server.requests).toEqual(["GET /good.qcow2"]);
  await expectOnBoth();
});

test("only the rest is sent when the beginning is there", async () => {
  server.on("/good.qcow2", serve(image));
  const [one] = lab.hypervisors as [LabHypervisor];
  await left(one, sha("sha256", image), image.subarray(0, image.length - 5));
  const sent: number[] = [];
  const counted: Shell = {
    ...(shells[0] as Shell),
    run: (command, options) => {
      const { stdin } = command;
      if (typeof stdin === "object" && "file" in stdin) sent.push(stdin.bytes);
      return (shells[0] as Shell).run(command, options);
    },
  };
  const store = new ImageStore(counted, "~/.local/share/libvirt/images", { clock: quickClock(), via: cache });
  await store.ensure(checked());
  expect(sent).toEqual([5]);
  expect(await imageFiles(one)).toEqual([name()]);
});

test("SUMS files, mirrors, archives and the question whether it changed are the controller's too", async () => {
  const archive = execFileSync("xz", ["-0", "-c"], { input: image, maxBuffer: 64 * MIB });
  server.on("/mirror/SUMS", serve(Buffer.from(`${sha("sha256", archive)}  i.xz\n`)));
  server.on("/mirror/i.xz", serveRanges(archive));
  const packed = recipe(`${server.url}/first/i.xz`, {
    mirrors: [`${server.url}/mirror/i.xz`],
    checksum: { sumsUrl: `${server.url}/first/SUMS` },
    unpack: {},
  });
  const [one, two] = stores();
  await one.ensure(packed);
  expect(server.requests.filter((line) => line === "GET /mirror/i.xz")).toHaveLength(1);
  expect(await imageFiles(lab.hypervisors[0] as LabHypervisor)).toEqual([name()]);
  server.on("/good.qcow2", serve(image, { etag: '"1"' }));
  await two.ensure(recipe(url()));
  await two.ensure(recipe(url()));
  expect(server.requests.filter((line) => /good/.test(line))).toEqual([
    "GET /good.qcow2",
    "HEAD /good.qcow2",
  ]);
});

test("what the server has is wrong: nothing is sent, nothing is kept", async () => {
  server.on("/good.qcow2", serve(image.subarray(0, MIB)));
  await expect(stores()[0].ensure(checked())).rejects.toThrow(/has sha256 .* wanted/);
  expect(await imageFiles(lab.hypervisors[0] as LabHypervisor)).toEqual([]);
  const kept = await readdir(join(directory, "cache/farm/images"));
  expect(kept.sort()).toEqual(["index", "locks"]);
});
