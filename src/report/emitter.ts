import type { Emit, FarmEvent } from "../events.js";
import type { Secrets } from "./mask.js";
import { withholding } from "./withheld-output.js";

/** One way of showing events; `close` resolves when all it was given is written. */
export interface Reporter {
  on(event: FarmEvent, time: Date): void;
  close?(): Promise<void>;
}

/** A reporter that is made when there is something to report. */
export function fromFirstEvent(make: () => Reporter): Reporter {
  let made: Reporter | undefined;
  return {
    on: (event, time) => {
      made ??= make();
      made.on(event, time);
    },
    close: async () => made?.close?.(),
  };
}

/** Hands every event to every reporter, with secrets masked, also where a secret comes in two pieces of a task's output. */
export function emitter(
  reporters: readonly Reporter[],
  now: () => number,
  { mask, beginning }: Pick<Secrets, "mask" | "beginning">,
): Emit {
  const toTell = withholding(beginning);
  return (event) => {
    const time = new Date(now());
    for (const each of toTell(event)) {
      const safe = masked(each, mask);
      for (const reporter of reporters) reporter.on(safe, time);
    }
  };
}

/** Words of farm's own, which may happen to be somebody's secret too. */
const OWN_WORDS = ["type", "status", "phase", "stream", "unit", "domainType", "step"] as const;

function masked(event: FarmEvent, mask: <T>(value: T) => T): FarmEvent {
  const safe = mask(event);
  if (safe === event) return event;
  const own = Object.entries(event).filter(([key]) => (OWN_WORDS as readonly string[]).includes(key));
  return { ...safe, ...Object.fromEntries(own) } as FarmEvent;
}
