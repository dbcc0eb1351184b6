/** Lends things of which each is used by one at a time; whoever comes when none is left waits. */
export class InTurn<T> {
  readonly #free: T[] = [];
  readonly #waiting: ((thing: T) => void)[] = [];

  add(...things: readonly T[]): void {
    for (const thing of things) this.#give(thing);
  }

  async use<R>(work: (thing: T) => Promise<R>): Promise<R> {
    const free = this.#free.shift();
    const thing = free ?? (await new Promise<T>((resolve) => this.#waiting.push(resolve)));
    try {
      return await work(thing);
    } finally {
      this.#give(thing);
    }
  }

  #give(thing: T): void {
    const next = this.#waiting.shift();
    if (next) next(thing);
    else this.#free.push(thing);
  }
}
