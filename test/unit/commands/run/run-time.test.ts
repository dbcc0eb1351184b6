import { expect, test } from "vitest";
import { notBegun, runTime, stoppedBy, stoppingBecause } from "../../../../src/commands/run/run-time.js";
import { ConnectionLostError, InterruptedError } from "../../../../src/errors.js";
import { handClock } from "../../../fakes/hand-clock.js";

const written = { ms: 3_600_000, from: "run_timeout at inv.yaml:5:7" };

test("the inventory's limit stops the run, and says where it stands", async () => {
  const clock = handClock();
  const { stop } = runTime(undefined, written, new AbortController().signal, clock);
  clock.pass(3_599_999);
  await Promise.resolve();
  expect(stop.aborted).toBe(false);
  clock.pass(1);
  await Promise.resolve();
  const message = "the run did not end within 1 h 00 min (run_timeout at inv.yaml:5:7)";
  expect(stop.reason).toMatchObject({ exitCode: 124, message });
  expect(stoppingBecause(stop.reason)).toContain(`${message}: ending the VMs`);
  expect(notBegun(stop.reason)).toMatchObject({ exitCode: 124, message: `${message}: no VM was started` });
  expect(stoppedBy(stop, new InterruptedError("'sh' was interrupted")).message).toBe(message);
  expect(stoppedBy(stop, new ConnectionLostError("gone")).message).toBe("gone");
});

test("the command line's limit wins, and 0 takes the inventory's away", async () => {
  const clock = handClock();
  const { signal } = new AbortController();
  const none = runTime({ ms: 0, from: "--timeout" }, written, signal, clock);
  const short = runTime({ ms: 1_000, from: "--timeout" }, written, signal, clock);
  clock.pass(3_600_000);
  await Promise.resolve();
  expect(none.stop.aborted).toBe(false);
  expect(short.stop.reason).toMatchObject({ message: "the run did not end within 1.0 s (--timeout)" });
});

test("Ctrl-C stops it as ever, and a run that has ended is not stopped any more", async () => {
  const clock = handClock();
  const interrupted = new AbortController();
  const { stop, ended } = runTime(undefined, written, interrupted.signal, clock);
  ended();
  clock.pass(3_600_000);
  await Promise.resolve();
  expect(stop.aborted).toBe(false);
  interrupted.abort(new InterruptedError("interrupted"));
  expect(stop.reason).toMatchObject({ exitCode: 130 });
  expect(stoppingBecause(stop.reason)).toContain("once more to leave at once");
});
