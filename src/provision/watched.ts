/** The name under which a trace has a part of a value: no variable is called so. */
export const pathName = (path: readonly string[]): string => JSON.stringify(path);

/** The path of such a name; undefined for a variable's. */
export const pathIn = (name: string): readonly string[] | undefined =>
  name.startsWith("[") ? (JSON.parse(name) as string[]) : undefined;

/** What stands at a path below a value; undefined when nothing does. */
export const valueAt = (root: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (here, key) =>
      typeof here === "object" && here !== null && Object.hasOwn(here, key)
        ? (here as Record<string, unknown>)[key]
        : undefined,
    root,
  );

/** A value of mappings and lists that tells which of its parts are looked at. @param path how it is called */
export function watched<T extends object>(
  value: T,
  path: readonly string[],
  note: (path: readonly string[]) => void,
): T {
  const known = new WeakMap<object, object>();
  const watch = (part: object, at: readonly string[]): object => {
    const wrapped = known.get(part) ?? new Proxy(part, handler(at));
    known.set(part, wrapped);
    return wrapped;
  };
  const handler = (at: readonly string[]): ProxyHandler<object> => ({
    get: (target, key, receiver) => {
      const found: unknown = Reflect.get(target, key, receiver);
      if (typeof key === "symbol" || typeof found === "function") return found;
      if (typeof found === "object" && found !== null) return watch(found, [...at, key]);
      note([...at, key]);
      return found;
    },
    getOwnPropertyDescriptor: (target, key) => {
      const found = Reflect.getOwnPropertyDescriptor(target, key);
      // That it is not there is something to know too.
      if (typeof key === "string" && found === undefined) note([...at, key]);
      return found;
    },
    ownKeys: (target) => {
      note(at);
      return Reflect.ownKeys(target);
    },
  });
  return watch(value, path) as T;
}
