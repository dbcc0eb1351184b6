import { expect, test } from "vitest";
import { GuestError, InterruptedError } from "../../../../src/errors.js";
import type { FarmEvent } from "../../../../src/events.js";
import { Verdict } from "../../../../src/provision/vm/verdict.js";

function verdict(stop: AbortSignal = new AbortController().signal) {
  const events: FarmEvent[] = [];
  return { events, verdict: new Verdict("one", { emit: (event) => events.push(event), stop }) };
}

test("what goes wrong after the first thing is a warning", () => {
  const { verdict: it, events } = verdict();
  it.fail("main", { task: "Build", message: "no" });
  it.blame(new GuestError("it is gone"), "terminate");
  expect(it.attempt).toMatchObject({ kind: "failed", phase: "main" });
  expect(events).toEqual([{ type: "warning", vm: "one", message: "it is gone" }]);
});

test("an interruption is told once, not for each phase that it keeps from running", () => {
  const { verdict: it, events } = verdict(AbortSignal.abort());
  it.blame(new InterruptedError("'sh' on 'one' was interrupted"), "main");
  it.blame(new InterruptedError("interrupted"), "init");
  expect(it.attempt).toMatchObject({ kind: "broken", interrupted: true, phase: "main" });
  expect(events).toEqual([]);
});
