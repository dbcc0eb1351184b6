import type { Clock } from "./clock.js";
import type { InterruptedError } from "./errors.js";

/** How long something may take, as the user says. */
export interface TimeLimit {
  /** Above 0. */
  readonly ms: number;
  /** Where it was said, for people: `phase_timeout at inv.yaml:12:7`, `--timeout`. */
  readonly from: string;
}

/** Time that runs. */
export interface Countdown {
  /** Aborted, with the reason, when the time is over. */
  readonly signal: AbortSignal;
  /** From now on the time is never over. */
  readonly stop: () => void;
}

/** @param reason what work that is under way then fails with */
export function countDown(ms: number, clock: Clock, reason: () => InterruptedError): Countdown {
  const over = new AbortController();
  const stopped = new AbortController();
  clock.sleep(ms, stopped.signal).then(
    () => over.abort(reason()),
    () => undefined, // stopped
  );
  return { signal: over.signal, stop: () => stopped.abort() };
}
