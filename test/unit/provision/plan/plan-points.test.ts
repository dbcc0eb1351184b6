import { expect, test } from "vitest";
import { warmth } from "../../../../src/provision/plan/plan-points.js";
import type { Surveys } from "../../../../src/restore/survey.js";
import { manifest } from "../../restore/manifests.js";

test("a hypervisor is warm for a VM by its project's points, and by the clean ones of others", () => {
  const surveys = (...points: Parameters<typeof manifest>): Surveys =>
    new Map([
      ["/pool", { points: points.map((each) => manifest(each)), images: new Map(), traces: new Map() }],
    ]);
  const known = new Map([
    ["own", surveys({ project: "p", vm: "a", kind: "init" })],
    ["clean", surveys({ project: "p", vm: "a", kind: "clean" })],
    ["shared", surveys({ project: "q", vm: "a", kind: "clean" })],
    ["another's", surveys({ project: "q", vm: "a", kind: "init" })],
    ["another", surveys({ project: "p", vm: "b", kind: "init" })],
  ]);
  const warm = warmth(known, "p");
  expect([...known.keys()].map((hypervisor) => warm("a", hypervisor))).toEqual([
    "init",
    "clean",
    "clean",
    undefined,
    undefined,
  ]);
});
