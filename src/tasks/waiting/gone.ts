import { ConnectionLostError, DeadlineError } from "../../errors.js";
import { ModuleFailure } from "../module/failure.js";

/** Whether an error says no more than that the machine does not answer just now. */
export const isGone = (error: unknown): error is Error =>
  error instanceof ModuleFailure || error instanceof ConnectionLostError || error instanceof DeadlineError;

/** How long one attempt to log in may take. @param seconds what the task allows, all that is left by default */
export const attemptMs = (leftMs: number, seconds: number | undefined): number =>
  seconds === undefined ? leftMs : Math.min(leftMs, seconds * 1_000);
