import { describe, expect, test } from "vitest";
import {
  ConfigError,
  ConnectionLostError,
  DeadlineError,
  GuestError,
  HypervisorError,
  ImageError,
} from "../../../../src/errors.js";
import type { Attempt, FarmEvent } from "../../../../src/events.js";
import { exitCodeOf } from "../../../../src/provision/run-farm.js";
import { type Ended, mayPass, outcomeOf, tryVm } from "../../../../src/provision/vm/attempts.js";

const failed: Attempt = { kind: "failed", phase: "main", task: "t", message: "task 't' failed: no" };
const ended = (mayPassNext = true): Ended => ({ attempt: failed, mayPass: mayPassNext });

/** Tries a VM whose attempts end as given; an attempt more than that is an error. */
async function tries(retries: number, ends: readonly (Ended | undefined)[], stop = new AbortController()) {
  const events: FarmEvent[] = [];
  let now = 0;
  const clock = { now: () => (now += 1_000), sleep: () => Promise.reject(new Error("nothing sleeps here")) };
  const outcome = await tryVm(
    "vm",
    { retries, stop: stop.signal, emit: (event) => events.push(event), clock },
    async (n) => {
      if (n > ends.length) throw new Error(`attempt ${n} was not expected`);
      return ends[n - 1];
    },
  );
  return { outcome, events };
}

describe("tryVm", () => {
  test("a VM that passes at once is tried once", async () => {
    expect(await tries(3, [undefined])).toEqual({ outcome: { vm: "vm", kind: "passed" }, events: [] });
  });
  test("one that passes later is flaky, with its attempts", async () => {
    const { outcome, events } = await tries(3, [ended(), ended(), undefined]);
    expect(outcome).toMatchObject({ kind: "flaky", earlier: [failed, failed] });
    expect(events).toMatchObject([
      { type: "vm-retried", vm: "vm", attempt: 1, attempts: 4, ended: failed, durationMs: 1_000 },
      { type: "vm-retried", attempt: 2 },
    ]);
  });
  test("one that never passes is what its last attempt was", async () => {
    const { outcome } = await tries(1, [ended(), ended()]);
    expect(outcome).toEqual({ vm: "vm", ...failed, earlier: [failed] });
  });
  test("what cannot pass is not tried again", async () => {
    expect((await tries(3, [ended(false)])).outcome).toEqual({ vm: "vm", ...failed });
  });
  test("nothing is tried again after an interruption", async () => {
    const stop = new AbortController();
    stop.abort();
    expect((await tries(3, [ended()], stop)).outcome).toEqual({ vm: "vm", ...failed });
  });
});

test.each([
  [new GuestError("x"), true],
  [new ConnectionLostError("x"), true],
  [new DeadlineError("x"), true],
  [new ImageError("x"), false],
  [new HypervisorError("x"), false],
  [new ConfigError("x"), false],
])("%o may pass the next time: %s", (error, may) => expect(mayPass(error)).toBe(may));

test("flaky VMs count as passed for the exit code, unless it is asked for", () => {
  const outcomes = [outcomeOf("vm", [failed], undefined)];
  expect(exitCodeOf(outcomes, new AbortController().signal)).toBe(0);
  expect(exitCodeOf(outcomes, new AbortController().signal, true)).toBe(1);
});
