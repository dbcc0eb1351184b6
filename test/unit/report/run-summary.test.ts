import { expect, test } from "vitest";
import { didNotPass } from "../../../src/commands/choose-vms.js";
import type { FarmEvent } from "../../../src/events.js";
import { RunSummary, runSummarizer } from "../../../src/report/run-summary.js";
import { CI_EVENTS } from "../../fakes/ci-events.js";

const START = Date.UTC(2026, 10, 27, 7, 0, 0);

function summaryOf(events: readonly (readonly [number, FarmEvent])[]): RunSummary | undefined {
  const summarizer = runSummarizer();
  for (const [ms, event] of events) summarizer.on(event, new Date(START + ms));
  return summarizer.summary();
}

const started = (vms: readonly string[]): FarmEvent => ({
  type: "run-started",
  run: "20261127-070000-abcd",
  project: "p",
  vms,
  machines: vms.map((vm) => ({ vm, platform: `platform of ${vm}`, target: "amd64" })),
  runDirectory: "/runs/1",
});
const ended = (
  exitCode: number,
  outcomes: Extract<FarmEvent, { type: "run-ended" }>["outcomes"],
): FarmEvent => ({
  type: "run-ended",
  exitCode,
  outcomes,
  runDirectory: "/runs/1",
  durationMs: 9_000,
});

test("a run is reduced to its VMs, their phases and tasks, with when each began", () => {
  const outcome = { vm: "a", kind: "failed", phase: "main", task: "T", message: "m" } as const;
  const summary = summaryOf([
    [0, started(["a"])],
    [100, { type: "vm-placed", vm: "a", hypervisor: "h1", domainType: "qemu", reason: "r" }],
    [200, { type: "vm-started", vm: "a", hypervisor: "h1" }],
    [300, { type: "phase-started", vm: "a", phase: "main" }],
    [
      2_300,
      {
        type: "task-ended",
        vm: "a",
        host: "localhost",
        phase: "main",
        task: "T",
        module: "shell",
        position: "main.yaml:1:3",
        status: "failed",
        ignored: true,
        durationMs: 1_500,
        result: { stdout: "not in the summary" },
      },
    ],
    [2_400, { type: "phase-ended", vm: "a", phase: "main", status: "failed", durationMs: 2_100 }],
    [3_000, { type: "vm-ended", vm: "a", outcome, durationMs: 2_800 }],
    [9_000, ended(1, [outcome])],
  ]);
  expect(summary).toEqual({
    version: 1,
    run: "20261127-070000-abcd",
    project: "p",
    start: "2026-11-27T07:00:00.000Z",
    durationMs: 9_000,
    exitCode: 1,
    vms: [
      {
        vm: "a",
        platform: "platform of a",
        target: "amd64",
        hypervisor: "h1",
        domainType: "qemu",
        outcome: { kind: "failed", phase: "main", task: "T", message: "m" },
        start: "2026-11-27T07:00:00.200Z",
        durationMs: 2_800,
        phases: [{ phase: "main", status: "failed", start: "2026-11-27T07:00:00.300Z", durationMs: 2_100 }],
        tasks: [
          {
            phase: "main",
            task: "T",
            module: "shell",
            position: "main.yaml:1:3",
            host: "localhost",
            status: "failed",
            ignored: true,
            start: "2026-11-27T07:00:00.800Z",
            durationMs: 1_500,
          },
        ],
      },
    ],
  });
  expect(RunSummary.parse(JSON.parse(JSON.stringify(summary)))).toEqual(summary);
});

test("a VM that the run did not come to is broken; one that its last event names has that outcome", () => {
  const late = { vm: "b", kind: "broken", message: "no hypervisor" } as const;
  const summary = summaryOf([
    [0, started(["a", "b"])],
    [9_000, ended(130, [late])],
  ]);
  expect(summary?.vms.map(({ vm, outcome }) => [vm, outcome])).toEqual([
    ["a", { kind: "broken", message: "the run ended before this VM was started", interrupted: true }],
    ["b", { kind: "broken", message: "no hypervisor" }],
  ]);
});

test("a run that did not end has no summary", () => {
  expect(summaryOf([[0, started(["a"])]])).toBeUndefined();
});

test("a VM that passed when it was tried again is flaky, with how often it was tried", () => {
  const summarizer = runSummarizer();
  for (const event of CI_EVENTS) summarizer.on(event, new Date(0));
  const summary = RunSummary.parse(summarizer.summary());
  const outcomes = new Map(summary.vms.map(({ vm, outcome }) => [vm, outcome]));
  expect(outcomes.get("flaky")).toMatchObject({ kind: "flaky", attempts: 2 });
  expect(outcomes.get("stubborn")).toMatchObject({ kind: "failed", attempts: 2 });
  expect([...didNotPass(summary)]).toEqual(["bad & <sad>", "dead", "stubborn", "gone"]);
});
