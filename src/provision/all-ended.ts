/**
 * As Promise.all, but when one fails the others are waited for: nothing goes on behind a VM that has failed, whose events would come after the
 * run's last one.
 */
export async function allEnded<T extends readonly unknown[]>(
  works: {
    readonly [K in keyof T]: Promise<T[K]>;
  },
): Promise<T> {
  await Promise.allSettled(works);
  return (await Promise.all(works)) as unknown as T;
}
