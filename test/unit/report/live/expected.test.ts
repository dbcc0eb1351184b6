import { expect, test } from "vitest";
import { expectedFrom } from "../../../../src/report/live/expected.js";
import type { RunSummary } from "../../../../src/report/run-summary.js";

const START = "2026-01-02T03:04:05Z";
const run = (...vms: Partial<RunSummary["vms"][number]>[]) =>
  ({
    vms: vms.map((vm) => ({
      vm: "one",
      start: START,
      outcome: { kind: "passed" },
      phases: [],
      tasks: [],
      ...vm,
    })),
  }) as unknown as RunSummary;

test("a VM is expected to take the median of the runs that it passed", () => {
  const runs = [
    run({ durationMs: 30 }),
    run({ durationMs: 10 }, { vm: "two", durationMs: 5 }),
    run({ durationMs: 20 }),
  ];
  expect(expectedFrom(runs)).toEqual(
    new Map([
      ["one", 20],
      ["two", 5],
    ]),
  );
});

test("what failed, broke or never started tells nothing", () => {
  const failed = run(
    { durationMs: 1, outcome: { kind: "failed" } },
    { durationMs: 2, outcome: { kind: "broken" } },
  );
  expect(expectedFrom([failed])).toEqual(new Map());
});
