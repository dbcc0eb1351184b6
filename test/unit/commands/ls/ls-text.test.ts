import { expect, test } from "vitest";
import type { ListedPoint, ListedPool, ListedVm } from "../../../../src/commands/ls/ls-document.js";
import { poolText } from "../../../../src/commands/ls/ls-text.js";

const NOW = Date.parse("2026-01-02T05:00:00Z");
const point = (project: string, vm: string, kind: string, hour: number): ListedPoint => ({
  ...{ name: `${kind}-1`, kind, project, vm, bytes: 2 ** 20, live: true, above: [], vms: [] },
  created: `2026-01-02T0${hour}:00:00Z`,
  used: "2026-01-02T03:00:00Z",
  below: kind === "clean" ? null : "clean-1",
});
const vm = (directory: string, holder: string | null): ListedVm => ({
  ...{ directory, holder, bytes: 2048, point: "init-1" },
  domain: { name: "a", project: "alpha", vm: "a", run: "20260102-040000-aaaa", state: "running" },
});
const POOL: ListedPool = {
  ...{ hypervisor: "hv", pool: "/pool", images: [], vms: [], parts: [], downloads: [], runs: [], points: [] },
};

test("points of a VM stand together, each below those that it holds up", () => {
  const points = [
    point("beta", "a", "clean", 1),
    point("alpha", "b", "clean", 1),
    point("alpha", "a", "init", 2),
    point("alpha", "a", "clean", 1),
  ];
  expect(poolText({ ...POOL, points }, NOW).split("\n")).toEqual([
    "hv:/pool: 4 restore points and 0 images, 4 MiB",
    "  PROJECT  VM  POINT  SIZE   USED     MEMORY  ON     NAME",
    "  alpha    a   clean  1 MiB  2 h ago  yes     image  clean-1",
    "  alpha    a   init   1 MiB  2 h ago  yes     clean  init-1",
    "  alpha    b   clean  1 MiB  2 h ago  yes     image  clean-1",
    "  beta     a   clean  1 MiB  2 h ago  yes     image  clean-1",
    "",
  ]);
});

test("of a VM that is worked on: by whom, once which run, and which instance it is", () => {
  const vms = [
    vm("a-12", "me@here, process 1, run 20260102-040000-aaaa"),
    vm("a-12+b", "me@here, process 2, run 20260102-040000-bbbb"),
    vm("a-12+c", null),
  ];
  expect(
    poolText({ ...POOL, vms }, NOW)
      .split("\n")
      .slice(2, -1),
  ).toEqual([
    "  alpha    a              running, in work by me@here, process 1                            2 KiB  20260102-040000-aaaa  init  a-12",
    "  alpha    a, instance b  running, in work by me@here, process 2, run 20260102-040000-bbbb  2 KiB  20260102-040000-aaaa  init  a-12+b",
    "  alpha    a, instance c  running                                                           2 KiB  20260102-040000-aaaa  init  a-12+c",
  ]);
});
