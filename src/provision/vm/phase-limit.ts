import { InterruptedError, PhaseLimitError, RunLimitError } from "../../errors.js";
import type { Emit } from "../../events.js";
import type { FilePhase } from "../../phases.js";
import { formatDuration } from "../../report/duration.js";
import type { TaskFailure } from "../../tasks/run/run.js";
import { type Countdown, countDown, type TimeLimit } from "../../time-limit.js";
import type { RunContext } from "../model.js";

/** What `terminate` has once the run's time is over, where nobody gave it any: a run with a limit has to end. */
const LAST_WORDS: TimeLimit = { ms: 5 * 60_000, from: "what it has after the end of the run's time" };

/** The end of a phase whose time was over. */
export class Overrun implements TaskFailure {
  /** @param task the one that was ended, else the one before */
  constructor(
    readonly task: string,
    readonly message: string,
  ) {}
}

/** What the tasks of a phase are run with. */
interface Watched {
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

type Run = Pick<RunContext, "emit" | "clock" | "stop">;

/**
 * Runs a phase's tasks for as long as they may take. Ctrl-C and the end of the run's time leave `terminate` to do its work.
 * @throws what the tasks throw
 */
export async function withinLimit<T>(
  phase: FilePhase,
  limit: TimeLimit | undefined,
  run: Run,
  tasks: (watched: Watched) => Promise<T>,
): Promise<T | Overrun> {
  const time = timeOf(phase, limit, run);
  const current = new CurrentTask(time.signal);
  const signal = phase === "terminate" ? time.signal : AbortSignal.any([run.stop, time.signal]);
  try {
    return await tasks({ emit: current.watching(run.emit), signal });
  } catch (error) {
    const reason: unknown = signal.reason;
    if (!(error instanceof InterruptedError && reason instanceof PhaseLimitError)) throw error;
    return new Overrun(current.name, `${reason.message}; ${current.said} (${reason.hint})`);
  } finally {
    time.stop();
  }
}

function timeOf(phase: FilePhase, limit: TimeLimit | undefined, { clock, stop }: Run): Countdown {
  if (limit) return countDown(limit.ms, clock, () => overrun(phase, limit));
  const over = new AbortController();
  let last: Countdown | undefined;
  const begin = () => {
    if (!(stop.reason instanceof RunLimitError)) return;
    last = countDown(LAST_WORDS.ms, clock, () => overrun(phase, LAST_WORDS));
    last.signal.addEventListener("abort", () => over.abort(last?.signal.reason));
  };
  if (phase === "terminate") stop.addEventListener("abort", begin);
  if (phase === "terminate" && stop.aborted) begin();
  const end = () => {
    stop.removeEventListener("abort", begin);
    last?.stop();
  };
  return { signal: over.signal, stop: end };
}

const overrun = (phase: FilePhase, { ms, from }: TimeLimit): PhaseLimitError =>
  new PhaseLimitError(`phase '${phase}' did not end within ${formatDuration(ms)} (${from})`, {
    hint: "a larger phase_timeout gives it more time, a task's own 'timeout' finds the slow one",
  });

/** The task that a phase is at. */
class CurrentTask {
  /** The one before, where none is at work. */
  name = "none";
  #isAtWork = false;
  #wasEnded = false;

  /** @param end aborted when the phase's time is over */
  constructor(end: AbortSignal) {
    end.addEventListener("abort", () => {
      this.#wasEnded = this.#isAtWork;
    });
  }

  watching(emit: Emit): Emit {
    return (event) => {
      if (event.type === "task-started") this.name = event.task;
      if (event.type === "task-started" || event.type === "task-ended")
        this.#isAtWork = event.type === "task-started";
      emit(event);
    };
  }

  get said(): string {
    return this.#wasEnded ? `task '${this.name}' was ended` : "no task was at work";
  }
}
