import { ConfigError } from "../errors.js";
import { isMapping, type Mapping, setEntry } from "../values/mapping.js";
import { positionOf, setPosition } from "../values/position.js";
import { Template } from "../values/template.js";
import { describeValue } from "../values/validate.js";
import { editList, isListEdit, placeOf, UnknownListError } from "./list-edit.js";

/**
 * Mappings merge at every depth, the later value wins, lists and everything else replace; a mapping over a list edits it.
 * Positions go with the values.
 * @throws ConfigError(s) for an edit that does not fit the list
 */
export function merge(base: Mapping, over: Mapping): Mapping {
  const result = {};
  const position = positionOf(over) ?? positionOf(base);
  if (position) setPosition(result, position);
  for (const key of new Set([...Object.keys(base), ...Object.keys(over)])) {
    const from = Object.hasOwn(over, key) ? over : base;
    setEntry(result, key, from === base ? base[key] : mergeEntry(base, over, key));
    const at = positionOf(from, key);
    if (at) setPosition(result, at, key);
  }
  return result;
}

function mergeEntry(base: Mapping, over: Mapping, key: string): unknown {
  const value = over[key];
  if (!isMapping(value)) return value;
  const inherited = Object.hasOwn(base, key) ? base[key] : undefined;
  if (Array.isArray(inherited)) return editList(inherited, value, key, merge);
  if (isListEdit(value)) return editAbsent(inherited, value, key);
  return merge(isMapping(inherited) ? inherited : {}, value);
}

/** Items may be put into a list that nobody began; nothing else can be done to it. */
function editAbsent(inherited: unknown, edit: Mapping, key: string): unknown {
  if (inherited === undefined || inherited === null) return editList([], edit, key, merge);
  const message = `'${key}' cannot be edited as a list: what is inherited is ${describeValue(inherited)}`;
  throw inherited instanceof Template
    ? new UnknownListError(message, { position: placeOf(edit) })
    : new ConfigError(message, { position: placeOf(edit) });
}
