import type { FarmEvent } from "./events.js";
import { harmless } from "./harmless.js";

/** A warning in one line; undefined for every other event. */
export function describeWarning(event: FarmEvent): string | undefined {
  if (event.type !== "warning") return undefined;
  const about = event.vm ?? event.hypervisor;
  return `farm: warning: ${about === undefined ? "" : `${harmless(about)}: `}${harmless(event.message)}`;
}
