import { expect, test } from "vitest";
import { compareRuns } from "../../../../src/report/html/compare-runs.js";
import type { VmSummary } from "../../../../src/report/run-summary.js";

const vm = (name: string, kind: "passed" | "failed" | "broken", mainMs = 10_000): VmSummary => ({
  vm: name,
  outcome: { kind },
  durationMs: mainMs,
  phases: [
    {
      phase: "main",
      status: kind === "passed" ? "passed" : "failed",
      start: "2026-11-27T07:00:00.000Z",
      durationMs: mainMs,
    },
  ],
  tasks: [],
});

test("what newly fails, is fixed, still fails, came and went", () => {
  const before = { vms: [vm("a", "passed"), vm("b", "failed"), vm("c", "broken"), vm("gone", "passed")] };
  const now = { vms: [vm("a", "broken"), vm("b", "passed"), vm("c", "failed"), vm("new", "failed")] };
  expect(compareRuns(before, now)).toEqual({
    newlyFailing: ["a"],
    fixed: ["b"],
    stillFailing: ["c"],
    added: ["new"],
    missing: ["gone"],
    slower: [],
    faster: [],
  });
});

test("a phase is slower by a quarter and 5 s at least, and only where it passed both times", () => {
  const before = [vm("a", "passed"), vm("b", "passed"), vm("c", "passed", 100_000), vm("d", "failed")];
  const now = [
    vm("a", "passed", 15_000),
    vm("b", "passed", 14_999),
    vm("c", "passed", 110_000),
    vm("d", "passed", 60_000),
  ];
  const slower = [{ vm: "a", phase: "main", beforeMs: 10_000, nowMs: 15_000 }];
  expect(compareRuns({ vms: before }, { vms: now }).slower).toEqual(slower);
  const back = compareRuns({ vms: now }, { vms: before });
  expect(back.faster).toEqual([{ vm: "a", phase: "main", beforeMs: 15_000, nowMs: 10_000 }]);
  expect(back.slower).toEqual([]);
});
