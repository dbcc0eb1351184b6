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
  const kept = async () =>
    (await readdir(join(tiny.place.home, ".cache/farm/fetched/farm/images"))).filter((name) =>
      name.startsWith("sha256-"),
    );
  expect(await kept()).toHaveLength(1);
  const gc = (...limits: string[]) => farm(["gc", "-i", "inventory.yaml", ...limits], tiny.place);
  expect((await gc("--max-age", "30d")).stdout).not.toContain("the controller");
  expect(await kept()).toHaveLength(1);
  expect((await gc("--max-size", "1K")).stdout).toMatch(
    /^removed image sha256-[0-9a-f]{64}\.\w+ on the controller /m,
  );
  expect(await kept()).toEqual([]);
});
