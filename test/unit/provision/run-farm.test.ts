import { expect, test } from "vitest";
import { InterruptedError, RunLimitError } from "../../../src/errors.js";
import type { FarmEvent, Outcome } from "../../../src/events.js";
import { exitCodeOf, runFarm } from "../../../src/provision/run-farm.js";

const passed: Outcome = { vm: "a", kind: "passed" };
const failed: Outcome = { vm: "b", kind: "failed", phase: "main", task: "t", message: "m" };
const broken: Outcome = { vm: "c", kind: "broken", message: "m" };

test.each([
  [[passed], undefined, 0],
  [[], undefined, 0],
  [[passed, failed], undefined, 1],
  [[passed, broken], undefined, 3],
  [[failed, broken, passed], undefined, 4],
  [[passed, failed], new InterruptedError("Ctrl-C"), 130],
  [[passed, failed], new RunLimitError("too long"), 124],
])("%j, stopped by %s: %i", (outcomes, reason, code) =>
  expect(exitCodeOf(outcomes, reason ? AbortSignal.abort(reason) : new AbortController().signal)).toBe(code),
);

test("a VM that no phase has a file for is warned of", async () => {
  const events: FarmEvent[] = [];
  const planned = (name: string, main: string | null) => ({
    placed: { name, hypervisor: "h", reason: "the only one", definition: { virt_domain: "qemu" } },
    placement: { vm: name, reason: "", rejected: [] },
    phases: { found: { dependencies: null, init: null, main, terminate: null } },
  });
  const plan = [planned("tested", "phases/main.yaml"), planned("untested", null)];
  const run = {
    emit: (event: FarmEvent) => events.push(event),
    records: { over: () => Promise.resolve() },
    stop: AbortSignal.abort(),
  };
  await runFarm(plan as never, { states: [], sessions: new Map() } as never, run as never);
  expect(events.filter(({ type }) => type === "warning")).toEqual([
    { type: "warning", vm: "untested", message: "no phase has a file for it, so that it passes untested" },
  ]);
});
