import type { Clock } from "../../clock.js";
import { ImageError, InterruptedError } from "../../errors.js";
import { SourceError } from "./source-error.js";
import type { TransferFailure } from "./transfer-failure.js";

/** Milliseconds before the second, third and fourth try. */
const DELAYS_MS = [1_000, 3_000, 9_000];

interface RetryOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** For the error: `cannot fetch X to 'host'`. */
  readonly what: string;
  readonly onRetry: (message: string) => void;
}

/**
 * Tries what may pass up to three times more, as often anew whenever it came further, and what cannot pass never again.
 * @throws SourceError with the last failure's reason; ImageError when it is the hypervisor's own.
 */
export async function withRetries<T>(
  attempt: () => Promise<{ readonly value: T } | TransferFailure>,
  { clock, signal, what, onRetry }: RetryOptions,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    const result = await attempt();
    if ("value" in result) return result.value;
    if (result.cameFurther) tries = 0;
    const delay = result.mayPass ? DELAYS_MS[tries] : undefined;
    if (delay === undefined) {
      const times = tries > 0 ? ` (tried ${tries + 1} times)` : "";
      const Failure = result.local ? ImageError : SourceError;
      throw new Failure(`${what}: ${result.reason}${times}`, { hint: result.hint });
    }
    onRetry(`${what}: ${result.reason}; trying again in ${delay / 1000} s`);
    await clock.sleep(delay, signal).catch((reason: unknown) => {
      throw new InterruptedError(`interrupted: ${what}`, { cause: reason });
    });
  }
}
