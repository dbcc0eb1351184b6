import type { FarmEvent } from "../events.js";
import type { Reporter } from "./emitter.js";

/** What JSON lets stand as it is, and a terminal does not: C1 controls, and what turns the direction of a line around. */
const UNSHOWN = /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** An event as one line of JSON, with the time it happened, ISO 8601. Shown on a terminal it does nothing to it. */
export function eventLine(event: FarmEvent, time: Date): string {
  const json = JSON.stringify({ time: time.toISOString(), ...event });
  const harmless = json.replace(UNSHOWN, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `${harmless}\n`;
}

/** One event a line. */
export const jsonReporter = (write: (text: string) => void): Reporter => ({
  on: (event, time) => write(eventLine(event, time)),
});
