/** How fast something goes. */
export interface Pace {
  readonly bytesPerSecond?: number;
  /** Milliseconds until all of it is done, if it goes on like this. */
  readonly remainingMs?: number;
}

/** A download's rate is that of its last seconds. */
const WINDOW_MS = 5_000;
/** What is shorter tells nothing. */
const LEAST_MS = 900;

/** Measures what has come so far, in bytes: to be called with each report. */
export function paceMeter(now: () => number): (done: number, total?: number) => Pace {
  let samples: readonly { readonly at: number; readonly done: number }[] = [];
  return (done, total) => {
    const at = now();
    const [last] = samples.slice(-1);
    // What was done became less: it began anew.
    if (last && done < last.done) samples = [];
    const recent = samples.findLastIndex((sample) => at - sample.at >= WINDOW_MS);
    samples = [...samples.slice(Math.max(0, recent)), { at, done }];
    const [first] = samples;
    if (!first || at - first.at < LEAST_MS) return {};
    const bytesPerSecond = Math.round(((done - first.done) * 1000) / (at - first.at));
    if (total === undefined || bytesPerSecond === 0) return { bytesPerSecond };
    return { bytesPerSecond, remainingMs: Math.round(((total - done) * 1000) / bytesPerSecond) };
  };
}
