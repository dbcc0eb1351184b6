import { ConnectionLostError, DeadlineError } from "../../errors.js";
import { ModuleFailure } from "../module/failure.js";

/** Whether an error says no more than that the machine does not answer just now. */
export const isGone = (error: unknown): error is Error =>
  error instanceof ModuleFailure || error instanceof ConnectionLostError || error instanceof DeadlineError;
