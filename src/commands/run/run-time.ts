import { type Clock, systemClock } from "../../clock.js";
import { asFarmError, type FarmError, InterruptedError, RunLimitError } from "../../errors.js";
import { formatDuration } from "../../report/duration.js";
import { countDown, type TimeLimit } from "../../time-limit.js";

interface RunTime {
  /** Aborted by the user, or at the end of the time. */
  readonly stop: AbortSignal;
  /** The time counts no longer. */
  readonly ended: () => void;
}

/** The time of a run, which begins now. @param asked wins over what the inventory says; 0 is no limit */
export function runTime(
  asked: TimeLimit | undefined,
  written: TimeLimit | undefined,
  interrupted: AbortSignal,
  clock: Clock = systemClock,
): RunTime {
  const limit = asked ?? written;
  if (!limit || limit.ms === 0) return { stop: interrupted, ended: () => undefined };
  const { ms, from } = limit;
  const time = countDown(
    ms,
    clock,
    () => new RunLimitError(`the run did not end within ${formatDuration(ms)} (${from})`),
  );
  return { stop: AbortSignal.any([interrupted, time.signal]), ended: time.stop };
}

/** What a stopped run says first. @param reason the signal's */
export const stoppingBecause = (reason: unknown): string =>
  reason instanceof RunLimitError
    ? `${reason.message}: ending the VMs; Ctrl-C twice to leave at once`
    : "interrupted: ending the VMs; once more to leave at once";

/** The same where no VM had been started. */
export const notBegun = (reason: unknown): FarmError =>
  reason instanceof RunLimitError
    ? new RunLimitError(`${reason.message}: no VM was started`)
    : new InterruptedError("interrupted before any VM was started");

/** An error with the end of the time as its reason, where that is what interrupted. */
export function stoppedBy({ reason }: AbortSignal, thrown: unknown): FarmError {
  const error = asFarmError(thrown);
  return error instanceof InterruptedError && reason instanceof RunLimitError ? reason : error;
}
