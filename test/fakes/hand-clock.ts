import type { Clock } from "../../src/clock.js";

/** A clock that stands still until somebody moves it on. */
export interface HandClock extends Clock {
  /** Wakes whoever slept until then. */
  pass(ms: number): void;
  /** How many sleep. */
  readonly sleepers: number;
}

export function handClock(): HandClock {
  let now = 0;
  const asleep = new Set<{ readonly until: number; readonly wake: () => void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { until: now + ms, wake: resolve };
        if (signal?.aborted) return reject(signal.reason);
        signal?.addEventListener("abort", () => {
          asleep.delete(sleeper);
          reject(signal.reason);
        });
        asleep.add(sleeper);
      }),
    pass: (ms) => {
      now += ms;
      for (const sleeper of asleep)
        if (sleeper.until <= now) {
          asleep.delete(sleeper);
          sleeper.wake();
        }
    },
    get sleepers() {
      return asleep.size;
    },
  };
}
