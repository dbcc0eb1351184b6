import { ConfigError } from "../errors.js";
import { noteAllVariables, noteVariable } from "../inputs.js";
import { isFraction } from "../values/position.js";
import { Template } from "../values/template.js";
import { evaluate } from "./evaluate.js";
import { isMapping } from "./python.js";
import type { KnownPath } from "./rewritten.js";
import type { FileSearch } from "./search.js";

type Layer = Readonly<Record<string, unknown>>;

/** What stands at a path, or why nothing does. */
export type Resolved =
  | { readonly found: true; readonly value: unknown }
  | {
      readonly found: false;
      readonly missing: string;
      /** The names that are there. */
      readonly among: () => Iterable<string>;
      readonly key: string;
    };

/**
 * The variables that templates see, later layers first. Their values may hold Templates at any depth; each is
 * evaluated when it is used, in the scope that uses it, and remembered there.
 */
export class Scope {
  readonly #layers: readonly Layer[];
  readonly #memo = new WeakMap<object, unknown>();
  readonly #running: { readonly template: Template; readonly label: string }[] = [];
  /** The path being resolved: what a cycle is told by. */
  #label = "the value";

  /** @param files where look-ups and templates find the user's files; without, only beside the file that names them */
  constructor(
    layers: readonly Layer[] = [],
    readonly files?: FileSearch,
  ) {
    this.#layers = layers;
  }

  child(layer: Layer): Scope {
    return new Scope([...this.#layers, layer], this.files);
  }

  has(name: string): boolean {
    noteVariable(name);
    return this.#layers.some((layer) => Object.hasOwn(layer, name));
  }

  /** The evaluated value; undefined when there is none of the name. */
  get(name: string): unknown {
    const resolved = this.resolve({ root: name, keys: [] });
    return resolved.found ? resolved.value : undefined;
  }

  names(): Iterable<string> {
    noteAllVariables();
    return new Set(this.#layers.flatMap((layer) => Object.keys(layer)));
  }

  /** Evaluates what stands at a path and nothing else. */
  resolve({ root, keys }: KnownPath): Resolved {
    noteVariable(root);
    const before = this.#label;
    this.#label = root;
    try {
      const layer = this.#layers.findLast((each) => Object.hasOwn(each, root));
      if (layer === undefined) return { found: false, missing: "", among: () => this.names(), key: root };
      let here = layer[root];
      for (const [index, key] of keys.entries()) {
        if (here instanceof Template) here = evaluate(here, this);
        const name = pathText(root, keys.slice(0, index));
        const container = here;
        if (!hasKey(container, key))
          return { found: false, missing: name, among: () => keysOf(container), key: String(key) };
        here = entryOf(container, key);
        this.#label = pathText(root, keys.slice(0, index + 1));
      }
      return { found: true, value: evaluate(here, this) };
    } finally {
      this.#label = before;
    }
  }

  /** Whether the whole number at a path was written as a fraction, `2.0`. */
  isFraction({ root, keys }: KnownPath): boolean {
    const layer = this.#layers.findLast((each) => Object.hasOwn(each, root));
    const last = keys.at(-1);
    if (layer === undefined || last === undefined) return isFraction(layer, root);
    // Only what leads there is evaluated: what stands beside it may need this very value.
    let holder = layer[root];
    for (const key of keys.slice(0, -1)) {
      if (holder instanceof Template) holder = evaluate(holder, this);
      if (!hasKey(holder, key)) return false;
      holder = entryOf(holder, key);
    }
    if (holder instanceof Template) holder = evaluate(holder, this);
    return isFraction(holder, typeof last === "number" && last < 0 ? "" : last);
  }

  /** Remembers what a Template or container evaluates to. @throws ConfigError when a Template needs itself. */
  remember(key: object, action: () => unknown): unknown {
    if (this.#memo.has(key)) return this.#memo.get(key);
    if (key instanceof Template) this.#refuseCycle(key);
    const depth = this.#running.length;
    if (key instanceof Template) this.#running.push({ template: key, label: this.#label });
    try {
      const value = action();
      this.#memo.set(key, value);
      return value;
    } finally {
      this.#running.length = depth;
    }
  }

  #refuseCycle(template: Template): void {
    const start = this.#running.findIndex((running) => running.template === template);
    if (start < 0) return;
    const labels = this.#running.slice(start).map(({ label }) => label);
    const [first = ""] = labels;
    const chain = [...labels, first].join(" -> ");
    throw new ConfigError(`variable '${first}' refers to itself: ${chain}`, { position: template.position });
  }
}

const pathText = (root: string, keys: KnownPath["keys"]): string =>
  keys.reduce<string>((text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}.${key}`), root);

const keysOf = (value: unknown): string[] => (isMapping(value) ? Object.keys(value) : []);

function hasKey(value: unknown, key: string | number): boolean {
  if (isMapping(value)) return Object.hasOwn(value, String(key));
  if (!Array.isArray(value) && typeof value !== "string") return false;
  return typeof key === "number" && Number.isInteger(key) && key < value.length && key >= -value.length;
}

function entryOf(value: unknown, key: string | number): unknown {
  if (isMapping(value)) return value[String(key)];
  return (value as readonly unknown[] | string).at(Number(key));
}
