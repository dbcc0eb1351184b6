/** Where in a user's file something stands; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export const formatPosition = ({ file, line, column }: Position): string => `${file}:${line}:${column}`;

interface FarmErrorOptions {
  readonly cause?: unknown;
  /** What the user can do about it: one short sentence, no full stop. */
  readonly hint?: string | undefined;
  readonly position?: Position | undefined;
}

/**
 * The one family of errors that farm shows to people: what failed and where (`message`), in whose file
 * (`position`), why (`cause`), what to do (`hint`). The exit code belongs to the class.
 */
export abstract class FarmError extends Error {
  abstract readonly exitCode: number;
  readonly hint: string | undefined;
  readonly position: Position | undefined;

  constructor(message: string, options: FarmErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.hint = options.hint;
    this.position = options.position;
  }
}

/** The command line or a file that the user wrote is wrong. */
export class ConfigError extends FarmError {
  override readonly exitCode = 2;
}

/** Several of the user's mistakes, reported at once. */
export class ConfigErrors extends FarmError {
  override readonly exitCode = 2;
  constructor(readonly errors: readonly FarmError[]) {
    super(errors.map((error) => error.message).join("; "));
  }
}

/** A hypervisor cannot be reached, or did not do what it was asked. */
export class HypervisorError extends FarmError {
  override readonly exitCode = 3;
}

/** An image cannot be fetched, verified or prepared. */
export class ImageError extends FarmError {
  override readonly exitCode = 3;
}

/** A guest did not boot, or cannot be logged in to. */
export class GuestError extends FarmError {
  override readonly exitCode = 3;
}

/** The connection broke while a command ran: whether the command finished is not known. */
export class ConnectionLostError extends FarmError {
  override readonly exitCode = 3;
}

/** A named wait came to its deadline. */
export class DeadlineError extends FarmError {
  override readonly exitCode = 3;
}

/** The user asked to stop. */
export class InterruptedError extends FarmError {
  override readonly exitCode: number = 130;
}

/** The time of the whole run is over: it stops as for Ctrl-C. The exit code is that of timeout(1). */
export class RunLimitError extends InterruptedError {
  override readonly exitCode = 124;
}

/** A phase's time is over: what it was doing ends, and nothing of the phase goes on. */
export class PhaseLimitError extends InterruptedError {
  override readonly exitCode = 1;
}

/** A defect of farm itself; shown with its stack in the log file only. */
export class InternalError extends FarmError {
  override readonly exitCode = 3;
}

/** Any thrown value as a FarmError; what is not ours is a defect and becomes an InternalError. */
export function asFarmError(thrown: unknown): FarmError {
  if (thrown instanceof FarmError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new InternalError(`internal error: ${message}`, { cause: thrown });
}

/** `what failed (what to do)`, where there is one line for both. */
export const withHint = ({ message, hint }: FarmError): string => (hint ? `${message} (${hint})` : message);

/** One or two lines for a person: `file:line:col: what failed: why` and, below it, the hint. */
export function describeError(error: FarmError): string {
  if (error instanceof ConfigErrors) return error.errors.map(describeError).join("\n");
  const where = error.position ? `${formatPosition(error.position)}: ` : "";
  const hint = error.hint ? `\n  hint: ${error.hint}` : "";
  return `${where}${error.message}${hint}`;
}
