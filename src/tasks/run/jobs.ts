import { randomInt } from "node:crypto";
import type { ModuleResult } from "../module/module.js";

/** A task that `async` with `poll: 0` left running. */
interface Job {
  result: ModuleResult | undefined;
  readonly done: Promise<void>;
}

/** In Ansible's form. */
export const jobId = (): string => `j${randomInt(1e12)}.${randomInt(1e6)}`;

/** Tasks of one machine that run beside the others; they end with its session at the latest. */
export class Jobs {
  readonly #jobs = new Map<string, Job>();
  readonly #abort = new AbortController();

  /** Aborted when the session ends: for the work's commands. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Whether one has not ended yet. */
  get running(): boolean {
    return [...this.#jobs.values()].some(({ result }) => !result);
  }

  /** @param work never rejects @returns Ansible's first result of an asynchronous task */
  start(work: () => Promise<ModuleResult>): ModuleResult {
    const id = jobId();
    const job: Job = {
      result: undefined,
      done: work().then((result) => {
        job.result = result;
      }),
    };
    this.#jobs.set(id, job);
    return { changed: true, ansible_job_id: id, started: 1, finished: 0, results_file: "" };
  }

  /** What async_status says: the result when it is there; undefined when there is no such job. */
  status(id: string): ModuleResult | undefined {
    const job = this.#jobs.get(id);
    if (!job) return undefined;
    const common = { ansible_job_id: id, started: 1, results_file: "" };
    return job.result
      ? { ...job.result, ...common, finished: 1 }
      : { ...common, changed: false, finished: 0 };
  }

  /** Ends what still runs. */
  async end(): Promise<void> {
    this.#abort.abort();
    await Promise.all([...this.#jobs.values()].map(({ done }) => done));
  }
}
