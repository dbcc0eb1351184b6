import { ConnectionLostError, DeadlineError, type FarmError, GuestError } from "../../errors.js";
import type { Attempt, Outcome } from "../../events.js";
import type { RunContext } from "../model.js";

/** How an attempt that did not pass ended, and whether another could end better. */
export interface Ended {
  readonly attempt: Attempt;
  readonly mayPass: boolean;
}

/**
 * Whether a VM that farm could not test may be tested the next time: a guest that did not come, a connection that broke, a wait that was too
 * long. An image that is not there, a hypervisor that says no or a mistake in a file are the same the next time.
 */
export const mayPass = (error: FarmError): boolean =>
  error instanceof GuestError || error instanceof ConnectionLostError || error instanceof DeadlineError;

/** Whether an attempt is followed by another one. */
export const isRetried = (ended: Ended, number: number, attempts: number, stopped: boolean): boolean =>
  ended.mayPass && number < attempts && !stopped;

/** What became of a VM, by all of its attempts. @param last undefined: it passed */
export function outcomeOf(vm: string, earlier: readonly Attempt[], last: Attempt | undefined): Outcome {
  if (last) return { vm, ...last, ...(earlier.length > 0 && { earlier }) };
  const first = earlier[0];
  if (!first) return { vm, kind: "passed" };
  const where = first.phase === undefined ? "" : `${first.phase}: `;
  const message = `passed at attempt ${earlier.length + 1}; before, ${where}${first.message}`;
  return { vm, kind: "flaky", message, earlier };
}

/**
 * Tries a VM until it passes, as often as `--retry` says.
 * @param attempt undefined: it passed; the number counts from 1
 */
export async function tryVm(
  vm: string,
  { retries, stop, emit, clock }: Pick<RunContext, "retries" | "stop" | "emit" | "clock">,
  attempt: (number: number) => Promise<Ended | undefined>,
): Promise<Outcome> {
  const attempts = retries + 1;
  const earlier: Attempt[] = [];
  for (let number = 1; ; number++) {
    const start = clock.now();
    const ended = await attempt(number);
    if (!ended || !isRetried(ended, number, attempts, stop.aborted))
      return outcomeOf(vm, earlier, ended?.attempt);
    earlier.push(ended.attempt);
    const durationMs = clock.now() - start;
    emit({ type: "vm-retried", vm, attempt: number, attempts, ended: ended.attempt, durationMs });
  }
}
