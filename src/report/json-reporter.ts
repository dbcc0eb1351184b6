import type { Reporter } from "./emitter.js";

/** One event a line, with the time it happened, ISO 8601. */
export const jsonReporter = (write: (text: string) => void): Reporter => ({
  on: (event, time) => write(`${JSON.stringify({ time: time.toISOString(), ...event })}\n`),
});
