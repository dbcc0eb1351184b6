import { ConfigError } from "../errors.js";
import { setEntry } from "../values/mapping.js";
import type { Call } from "./filters/call.js";
import { compare, equal, isMapping, pythonText, truthy } from "./python.js";
import type { Segment } from "./segments.js";

/** Python's methods that change a list or mapping where it is. */
export const CHANGERS: ReadonlySet<string> = new Set(
  "append extend insert pop remove sort reverse clear update".split(" "),
);

/**
 * The engine's values never change. So a list or mapping that a template both makes and changes is kept here; the template's own name
 * holds a mark that stands for it, and each look at the name makes a value of what it is by then.
 */
export class Cells {
  readonly #values: unknown[] = [];

  /** Keeps a copy. @returns its mark; other values as they are */
  make(value: unknown): unknown {
    if (!Array.isArray(value) && !isMapping(value)) return value;
    return `${MARK}${this.#values.push(structuredClone(value)) - 1}`;
  }

  /** What a mark stands for; any other value is itself. */
  of(value: unknown): unknown {
    return typeof value === "string" && value.startsWith(MARK)
      ? this.#values[Number(value.slice(MARK.length))]
      : value;
  }
}

/** Data that happens to look like it finds only what the same template has made. */
const MARK = "\u0001cell ";

/** Calls that change something: what stands before them, up to its first name. */
const CHANGES = new RegExp(
  String.raw`(?<![\w.])([A-Za-z_]\w*)(?:\.\w+|\[[^\][]*\])*\.(?:${[...CHANGERS].join("|")})\s*\(`,
  "g",
);

/** The names that templates bind by `set` or `with` and change in place. */
export function cellsOf(segments: readonly Segment[]): Map<string, "value" | "namespace"> {
  const code = segments.filter(({ kind }) => kind !== "text").map(({ body }) => body);
  const changed = new Set(code.flatMap((body) => [...body.matchAll(CHANGES)].map(([, name = ""]) => name)));
  const cells = new Map<string, "value" | "namespace">();
  for (const body of code) {
    const [, name = "", made] = /^(?:set|with)\s+(\w+)\s*=\s*(namespace\s*\()?/.exec(body) ?? [];
    if (changed.has(name)) cells.set(name, made === undefined ? "value" : "namespace");
  }
  return cells;
}

/** What is told of a change that cannot be made. */
export const unchangeable = (name: string): ConfigError =>
  new ConfigError(`'${name}' does not change in place: only what {% set %} binds in the same template does`, {
    hint: `begin with {% set ${name} = ${name} %}, or use '+' for lists and 'combine' for mappings`,
  });

/** (mark, keys, name, arguments...): changes what the keys lead to. */
export function change(call: Call): unknown {
  const [mark, keys, name, ...args] = call.args;
  let value = call.engine.cells.of(mark);
  if (value === mark)
    throw new ConfigError(`this value does not change in place: '${name}' needs a list or mapping`);
  for (const key of call.list(keys)) value = entryOf(value, key);
  const method = pythonText(name);
  if (Array.isArray(value)) return ofList(value, method, args, call);
  if (isMapping(value)) return ofMapping(value, method, args, call);
  throw new ConfigError(`this value has no method '${method}'`);
}

function entryOf(value: unknown, key: unknown): unknown {
  const entry = Array.isArray(value)
    ? value.at(Number(key))
    : isMapping(value) && Object.hasOwn(value, pythonText(key))
      ? value[pythonText(key)]
      : undefined;
  if (entry === undefined) throw new ConfigError(`there is no '${pythonText(key)}' to change`);
  return entry;
}

function ofList(list: unknown[], name: string, args: readonly unknown[], call: Call): unknown {
  switch (name) {
    case "append":
      list.push(args[0] ?? null);
      return null;
    case "extend":
      list.push(...call.list(args[0]));
      return null;
    case "insert":
      list.splice(Number(args[0]), 0, args[1] ?? null);
      return null;
    case "pop": {
      const at = Number(args[0] ?? -1);
      if (list.at(at) === undefined)
        throw new ConfigError(`'pop' finds nothing at ${at}: the list has ${list.length}`);
      return list.splice(at, 1)[0];
    }
    case "remove": {
      const at = list.findIndex((item) => equal(item, args[0]));
      if (at < 0) throw new ConfigError(`'remove' finds no '${pythonText(args[0])}' in the list`);
      list.splice(at, 1);
      return null;
    }
    case "sort":
      list.sort(compare);
      if (truthy(call.kwargs["reverse"] ?? false)) list.reverse();
      return null;
    case "reverse":
      list.reverse();
      return null;
    case "clear":
      list.length = 0;
      return null;
    default:
      throw new ConfigError(`a list has no method '${name}'`);
  }
}

function ofMapping(
  mapping: Record<string, unknown>,
  name: string,
  args: readonly unknown[],
  call: Call,
): unknown {
  const [first] = args;
  switch (name) {
    case "update":
      for (const more of [...args, call.kwargs])
        for (const [key, value] of Object.entries(call.mapping(more))) setEntry(mapping, key, value);
      return null;
    case "pop": {
      const key = pythonText(first);
      if (!Object.hasOwn(mapping, key)) {
        if (args.length > 1) return args[1];
        throw new ConfigError(`'pop' finds no '${key}' in the mapping`);
      }
      const value = mapping[key];
      delete mapping[key];
      return value;
    }
    case "clear":
      for (const key of Object.keys(mapping)) delete mapping[key];
      return null;
    default:
      throw new ConfigError(`a mapping has no method '${name}'`);
  }
}
