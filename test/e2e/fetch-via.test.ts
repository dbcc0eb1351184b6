import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventsOfType, farm } from "../lab/farm.js";
import { startTinyFarm, type TinyFarm } from "../lab/tiny-farm.js";

let tiny: TinyFarm;

beforeAll(async () => {
  tiny = await startTinyFarm(2, {
    platforms: ["one", "two"],
    phases: { main: "- command: 'true'\n" },
    hypervisorVars: "fetch_via: controller\n        max_vms: 1",
  });
});
afterAll(() => tiny.stop());

test("two hypervisors get their image by one download of the controller's", async () => {
  const result = await farm(["run", "-i", "inventory.yaml", "--format", "json"], tiny.place);
  expect(result.code, result.stdout).toBe(0);
  expect(tiny.server.requests).toEqual(["GET /tiny.qcow2"]);
  const uploads = eventsOfType(result, "progress").filter(({ step }) => step === "upload");
  expect(new Set(uploads.map(({ vm }) => vm))).toEqual(new Set(["one_amd64", "two_amd64"]));
  const kept = await readdir(join(tiny.place.home, ".cache/farm/fetched/farm/images"));
  expect(kept.filter((name) => name.startsWith("sha256-"))).toHaveLength(1);
});
