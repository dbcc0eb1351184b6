import { ConnectionLostError, FarmError } from "../../errors.js";

/**
 * Why a connection did not come about. `unreachable` may pass (refused, reset, no banner, cut off); `refused` is the login,
 * `host-key` the server's identity, `other` all that no waiting helps.
 */
export type FailureKind = "unreachable" | "refused" | "host-key" | "other";

/** The cause inside of the errors that connecting throws. */
export class SshFailure extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
  ) {
    super(message);
    this.name = "SshFailure";
  }
}

/** The kind of a failure to connect, from the error or its causes; undefined for anything else. */
export function failureKind(error: unknown): FailureKind | undefined {
  if (error instanceof SshFailure) return error.kind;
  if (error instanceof ConnectionLostError) return "unreachable";
  return error instanceof FarmError ? failureKind(error.cause) : undefined;
}

/** True when waiting and trying again can help: for waits until a machine is ready. */
export const isTransient = (error: unknown): boolean => failureKind(error) === "unreachable";
