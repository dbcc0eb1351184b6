import {
  asFarmError,
  type FarmError,
  formatPosition,
  InterruptedError,
  RunLimitError,
  withHint,
} from "../../errors.js";
import type { Attempt } from "../../events.js";
import type { Phase } from "../../phases.js";
import type { TaskFailure } from "../../tasks/run/run.js";
import type { RunContext } from "../model.js";
import { mayPass } from "./attempts.js";

/** What went wrong first in an attempt at one VM: nothing later replaces it. */
export class Verdict {
  /** Undefined: nothing has. */
  attempt: Attempt | undefined;
  /** Whether another attempt could end better. */
  mayPass = true;
  /** What went wrong in the phase under way, whether or not it is the verdict. */
  trouble: "failed" | "broken" | "interrupted" | undefined;

  constructor(
    private readonly vm: string,
    private readonly run: Pick<RunContext, "emit" | "stop">,
  ) {}

  /** Why a phase that only follows what passed is skipped. */
  get because(): string | undefined {
    return this.attempt && `${this.attempt.phase ?? "an earlier phase"} did not pass`;
  }

  /** Makes an error the verdict, unless there is one already: then it is a warning. */
  blame(thrown: unknown, phase?: Phase): void {
    const error = this.#stopped(asFarmError(thrown));
    const where = error.position ? `${formatPosition(error.position)}: ` : "";
    const message = `${where}${withHint(error)}`;
    const interrupted = error instanceof InterruptedError || this.run.stop.aborted;
    this.trouble = interrupted ? "interrupted" : "broken";
    if (this.attempt) {
      // That he stopped it the user needs not be told for each phase.
      const isNew = !(error instanceof InterruptedError) && this.attempt.message !== message;
      if (isNew) this.#warn(message);
      return;
    }
    const about = phase !== undefined && { phase };
    this.attempt = { ...about, kind: "broken", message, ...(interrupted && { interrupted }) };
    this.mayPass = !interrupted && mayPass(error);
  }

  /** The same for a task that failed in the guest. */
  fail(phase: Phase, { task, message }: TaskFailure): void {
    this.#fail(phase, task, `task '${task}' failed: ${message}`);
  }

  /** The same for a phase whose time was over. */
  overrun(phase: Phase, { task, message }: TaskFailure): void {
    this.#fail(phase, task, message);
  }

  /** What was interrupted because the run's time is over says so. */
  #stopped(error: FarmError): FarmError {
    const reason: unknown = this.run.stop.reason;
    return error instanceof InterruptedError && reason instanceof RunLimitError ? reason : error;
  }

  #fail(phase: Phase, task: string, text: string): void {
    this.trouble = "failed";
    if (this.attempt) this.#warn(`${phase}: ${text}`);
    else this.attempt = { kind: "failed", phase, task, message: text };
  }

  #warn(message: string): void {
    this.run.emit({ type: "warning", vm: this.vm, message });
  }
}
