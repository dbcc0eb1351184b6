import type { Emit, FarmEvent } from "../events.js";
import { harmless } from "./harmless.js";

/** A warning in one line; undefined for every other event. */
function describeWarning(event: FarmEvent): string | undefined {
  if (event.type !== "warning") return undefined;
  const about = event.vm ?? event.hypervisor;
  return `farm: warning: ${about === undefined ? "" : `${harmless(about)}: `}${harmless(event.message)}`;
}

/** For commands that print a result of their own: of the events, only the warnings are shown. */
export const warningsTo =
  (write: (text: string) => void): Emit =>
  (event) => {
    const warning = describeWarning(event);
    if (warning !== undefined) write(`${warning}\n`);
  };
