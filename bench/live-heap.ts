import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const MIB = 2 ** 20;

/** What is still needed of the heap at some moments of a bench; the rest of a process's memory is what V8 has not taken back yet. */
export class LiveHeap {
  readonly #seen: string[] = [];
  readonly #collect: () => void;
  /** Microseconds of processor that looking has taken, of all threads. */
  cpu = 0;

  constructor() {
    setFlagsFromString("--expose-gc");
    this.#collect = runInNewContext("gc") as () => void;
  }

  /** @param when for people */
  look(when: string): void {
    const before = process.cpuUsage();
    // What the first time lets go of may hold more.
    for (let times = 0; times < 2; times++) this.#collect();
    const { user, system } = process.cpuUsage(before);
    this.cpu += user + system;
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    this.#seen.push(`${((heapUsed + arrayBuffers) / MIB).toFixed(0)} MiB ${when}`);
  }

  /** `35 MiB planned, 61 MiB ...` */
  get seen(): string {
    return this.#seen.join(", ");
  }
}
