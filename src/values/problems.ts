import { ConfigErrors, type FarmError, formatPosition } from "../errors.js";

/** Collects the user's mistakes, so that one load tells all of them. Anything else goes straight through. */
export class Problems {
  readonly #found = new Map<string, FarmError>();

  get any(): boolean {
    return this.#found.size > 0;
  }

  add(error: FarmError): void {
    for (const each of error instanceof ConfigErrors ? error.errors : [error]) {
      const where = each.position ? formatPosition(each.position) : "";
      this.#found.set(`${where} ${each.message}`, each);
    }
  }

  /** What the work returns, or undefined when the user made a mistake. */
  attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#take(error);
      return undefined;
    }
  }

  /** The same for work that waits. */
  async attemptAsync<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#take(error);
      return undefined;
    }
  }

  /** @throws the one mistake, or ConfigErrors with all of them. */
  throwIfAny(): void {
    const errors = [...this.#found.values()];
    const [only] = errors;
    if (only === undefined) return;
    throw errors.length === 1 ? only : new ConfigErrors(errors);
  }

  #take(error: unknown): void {
    const ours = error instanceof Error && "exitCode" in error && error.exitCode === 2;
    if (!ours) throw error;
    this.add(error as unknown as FarmError);
  }
}

/** Does all the works, one after the other, and returns what each returned. @throws all the user's mistakes of all of them */
export async function together<T extends readonly unknown[]>(
  ...works: { readonly [K in keyof T]: () => T[K] | Promise<T[K]> }
): Promise<T> {
  const problems = new Problems();
  const results: unknown[] = [];
  for (const work of works) results.push(await problems.attemptAsync(async () => work()));
  problems.throwIfAny();
  return results as unknown as T;
}
