import type { Emit, FarmEvent } from "./events.js";

/** One way of showing events; `close` resolves when all it was given is written. */
export interface Reporter {
  on(event: FarmEvent, time: Date): void;
  close?(): Promise<void>;
}

/** Hands every event to every reporter, with secrets masked. */
export function emitter(reporters: readonly Reporter[], now: () => number, mask: <T>(value: T) => T): Emit {
  return (event) => {
    const safe = mask(event);
    const time = new Date(now());
    for (const reporter of reporters) reporter.on(safe, time);
  };
}
