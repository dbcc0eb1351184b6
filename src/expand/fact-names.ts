import { isMapping, type Mapping } from "../values/mapping.js";
import { Template } from "../values/template.js";

/** The sources of all Templates in a value, at any depth. */
export function templateSources(value: unknown): string[] {
  if (value instanceof Template) return [value.source];
  if (Array.isArray(value)) return value.flatMap(templateSources);
  return isMapping(value) ? Object.values(value).flatMap(templateSources) : [];
}

/**
 * Every name that expressions may reach, directly or through variables. It may name too much, never too little, as long as
 * variables are read by name.
 * @param layers where a name's value may stand
 */
export function reachableNames(sources: readonly string[], layers: readonly Mapping[]): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...sources];
  for (let source = waiting.pop(); source !== undefined; source = waiting.pop())
    for (const [name] of source.matchAll(/[\p{L}_][\p{L}\p{N}_]*/gu)) {
      if (found.has(name)) continue;
      found.add(name);
      for (const layer of layers)
        if (Object.hasOwn(layer, name)) waiting.push(...templateSources(layer[name]));
    }
  return found;
}

const keys = new WeakMap<object, Map<string, string>>();

/** A text that is the same for two hypervisors when these facts are. */
export function factsKey(facts: Mapping, names: readonly string[]): string {
  if (names.length === 0) return "";
  const known = keys.get(facts) ?? new Map<string, string>();
  keys.set(facts, known);
  const which = names.join(" ");
  const key = known.get(which) ?? JSON.stringify(names.map((name) => facts[name] ?? null));
  known.set(which, key);
  return key;
}
