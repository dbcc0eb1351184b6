import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, test } from "vitest";
import { makeRepositories } from "../lab/guest-repositories.js";
import { type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serveFile } from "../lab/image-server.js";
import { toolsImage } from "../lab/images.js";
import { HOST_AS_SEEN, type KeptGuest, keepGuest, playTwice } from "../lab/kept-guest.js";
import { nodeRegistry } from "../lab/node-packages.js";

let scratch: string;
let lab: LabHypervisors;
let server: ImageServer;
let registry: Server;
let guest: KeptGuest;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "farm-tools-"));
  lab = await startHypervisors(1);
  server = await imageServer();
  server.on("/repositories.tar.gz", serveFile(await makeRepositories(scratch)));
  registry = await nodeRegistry(
    new Map([
      ["farm-a", ["1.0.0"]],
      ["farm-d", ["1.0.0"]],
    ]),
    scratch,
  );
  const cwd = join(scratch, "project");
  const files = { "targets/amd64.yaml": "vm: { arch: x86_64, machine: q35, vcpus: 2, ram: 1024 }\n" };
  guest = await keepGuest({ lab, server, cwd, image: await toolsImage(), size: "4G", files });
});
afterAll(async () => {
  await guest?.down();
  registry?.close();
  await server?.close();
  await lab?.stop();
  await rm(scratch, { recursive: true, force: true });
});

// Each twice, under emulation.
test.each(["languages", "managers", "services", "archives"])("%s", { timeout: 1_200_000 }, async (name) => {
  const { port } = registry.address() as AddressInfo;
  await playTwice(guest, `guests/${name}.yaml`, { vars: { registry: `http://${HOST_AS_SEEN}:${port}/` } });
});
