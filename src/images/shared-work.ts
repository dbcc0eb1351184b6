import { InterruptedError } from "../errors.js";

interface Running<T, P> {
  readonly result: Promise<T>;
  readonly listeners: Set<(progress: P) => void>;
  readonly controller: AbortController;
  /** What was reported last, for one who joins later. */
  readonly last: P[];
  waiting: number;
}

interface JoinOptions<P> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: P) => void) | undefined;
}

/** Work that several callers want at the same time and that is done once; it stops when the last of them has given up. */
export class SharedWork<T, P> {
  readonly #running = new Map<string, Running<T, P>>();

  /** Joins the work of that key, or starts it. @throws InterruptedError when the caller's own signal is aborted. */
  async join(
    key: string,
    { signal, onProgress }: JoinOptions<P>,
    start: (signal: AbortSignal, report: (progress: P) => void) => Promise<T>,
  ): Promise<T> {
    if (signal?.aborted) throw new InterruptedError("interrupted");
    const work = this.#running.get(key) ?? this.#start(key, start);
    work.waiting++;
    if (onProgress) work.listeners.add(onProgress);
    for (const progress of work.last) onProgress?.(progress);
    const left = new AbortController();
    try {
      return await Promise.race([work.result, aborted(signal, left.signal)]);
    } finally {
      left.abort();
      if (onProgress) work.listeners.delete(onProgress);
      if (--work.waiting === 0) {
        // Nobody waits: the work is over, or it ends now and the next caller starts anew.
        if (this.#running.get(key) === work) this.#running.delete(key);
        work.controller.abort();
        await work.result.catch(() => undefined);
      }
    }
  }

  #start(
    key: string,
    start: (signal: AbortSignal, report: (progress: P) => void) => Promise<T>,
  ): Running<T, P> {
    const listeners = new Set<(progress: P) => void>();
    const controller = new AbortController();
    const last: P[] = [];
    const report = (progress: P) => {
      last[0] = progress;
      for (const listener of listeners) listener(progress);
    };
    const result = start(controller.signal, report);
    const work: Running<T, P> = { result, listeners, controller, last, waiting: 0 };
    this.#running.set(key, work);
    return work;
  }
}

function aborted(signal: AbortSignal | undefined, left: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const options = { once: true, signal: left };
    signal?.addEventListener("abort", () => reject(new InterruptedError("interrupted")), options);
  });
}
