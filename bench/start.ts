import { asFarmError, describeError } from "../src/errors.js";

/** Runs a bench to its end; what went wrong is said as farm says it. */
export const start = (main: () => Promise<void>): void =>
  void main().catch((error: unknown) => {
    process.stderr.write(`${describeError(asFarmError(error))}\n`);
    process.exitCode = 1;
  });
