import { ConfigError } from "../errors.js";
import { isMapping, type Mapping } from "../values/mapping.js";
import { didYouMean } from "../values/nearest.js";
import { positionOf, setPosition } from "../values/position.js";
import { Problems } from "../values/problems.js";
import { describeValue } from "../values/validate.js";
import { findItem } from "./find-item.js";

const OPERATIONS = ["$prepend", "$append", "$insert", "$remove"];
const INDEX = /^\d+$/;

type Merge = (base: Mapping, over: Mapping) => Mapping;

/** True for a mapping that can only be an edit of a list. */
export const isListEdit = (value: Mapping): boolean => Object.keys(value).some((key) => key.startsWith("$"));

/** An edit of what is an expression, and may turn out to be a list once it has been evaluated. */
export class UnknownListError extends ConfigError {}

/** Where an edit begins. */
export const placeOf = (edit: Mapping) => positionOf(edit, Object.keys(edit)[0] ?? "") ?? positionOf(edit);

/**
 * An inherited list with a mapping's edits: `0: {...}` merges into an item, `$remove`, `$insert`, `$prepend`, `$append`.
 * All indexes and matchers mean the list as inherited.
 * @param name of the list in messages
 * @throws ConfigError(s) at the edit's place
 */
export function editList(list: readonly unknown[], edit: Mapping, name: string, merge: Merge): unknown[] {
  const editor = new ListEditor(list, edit, name);
  return editor.run(merge);
}

/** A value with its place, so that both can move. */
interface Item {
  readonly from: object;
  readonly index: number;
  readonly value: unknown;
}

class ListEditor {
  readonly #problems = new Problems();
  readonly #slots: { item: Item | undefined; readonly before: Item[]; readonly after: Item[] }[];
  readonly #ends = { prepended: [] as Item[], last: [] as Item[], appended: [] as Item[] };

  constructor(
    private readonly list: readonly unknown[],
    private readonly edit: Mapping,
    private readonly name: string,
  ) {
    this.#slots = itemsOf(list).map((item) => ({ item, before: [], after: [] }));
  }

  run(merge: Merge): unknown[] {
    for (const key of Object.keys(this.edit)) this.#problems.attempt(() => this.#apply(key, merge));
    this.#problems.throwIfAny();
    const { prepended, last, appended } = this.#ends;
    const items = this.#slots.flatMap(({ item, before, after }) => [
      ...before,
      ...(item ? [item] : []),
      ...after,
    ]);
    return listOf([...prepended, ...items, ...last, ...appended], this.list, this.edit);
  }

  #apply(key: string, merge: Merge): void {
    if (INDEX.test(key)) this.#editItem(key, merge);
    else if (!OPERATIONS.includes(key)) throw this.#unknown(this.edit, key);
    else for (const item of this.#itemsAt(this.edit, key)) this.#applyItem(key, item);
  }

  #applyItem(operation: string, item: Item): void {
    if (operation === "$prepend") this.#ends.prepended.push(item);
    else if (operation === "$append") this.#ends.appended.push(item);
    else if (operation === "$insert") this.#insert(item);
    else this.#remove(item);
  }

  #editItem(key: string, merge: Merge): void {
    const value = this.edit[key];
    const slot = this.#slots[Number(key)];
    if (slot?.item === undefined) throw this.#fail(this.edit, key, this.#outOfRange(Number(key)));
    const inherited = slot.item.value;
    const merged = isMapping(value) && isMapping(inherited) ? merge(inherited, value) : value;
    slot.item = { value: merged, from: placed(this.edit, key, merged), index: 0 };
  }

  #insert({ value, from, index }: Item): void {
    if (!isMapping(value) || !Array.isArray(value["items"]))
      throw this.#fail(
        from,
        index,
        `an entry of $insert has 'items', a list, and one of at, before and after`,
      );
    const places = ["at", "before", "after"].filter((each) => Object.hasOwn(value, each));
    const stranger = Object.keys(value).find((each) => !["at", "before", "after", "items"].includes(each));
    if (stranger !== undefined) throw this.#unknown(value, stranger, ["at", "before", "after", "items"]);
    const [place] = places;
    if (place === undefined || places.length > 1)
      throw this.#fail(from, index, "an entry of $insert has one of at, before and after");
    this.#room(value, place).push(...this.#itemsAt(value, "items"));
  }

  /** Where items of `at`, `before` or `after` go. */
  #room(entry: Mapping, place: string): Item[] {
    const where = entry[place];
    if (place !== "at") {
      const slot = this.#slots[this.#found(entry, place, where)];
      return (place === "before" ? slot?.before : slot?.after) ?? [];
    }
    if (typeof where !== "number" || !Number.isInteger(where) || where < 0 || where > this.#slots.length)
      throw this.#fail(entry, place, `'at' is a whole number from 0 to ${this.#slots.length}`);
    return this.#slots[where]?.before ?? this.#ends.last;
  }

  #remove({ value, from, index }: Item): void {
    const slot = this.#slots[this.#found(from, index, value)];
    if (slot) slot.item = undefined;
  }

  /** The place of the item that an index or a matcher means. */
  #found(from: object, key: PropertyKey, wanted: unknown): number {
    if (typeof wanted === "number" && this.#slots[wanted]) return wanted;
    if (typeof wanted === "number") throw this.#fail(from, key, this.#outOfRange(wanted));
    if (!isMapping(wanted) || Object.keys(wanted).length === 0)
      throw this.#fail(
        from,
        key,
        `an item is named by its index or some of its keys, not by ${describeValue(wanted)}`,
      );
    const found = findItem(this.list, wanted);
    if (found < 0)
      throw this.#fail(from, key, `no item of the inherited '${this.name}' has ${describeMatcher(wanted)}`);
    return found;
  }

  #itemsAt(from: Mapping, key: string): Item[] {
    const value = from[key];
    if (!Array.isArray(value))
      throw this.#fail(from, key, `'${key}' must be a list, got ${describeValue(value)}`);
    return itemsOf(value);
  }

  #outOfRange(index: number): string {
    const { length } = this.#slots;
    return `the inherited '${this.name}' has no item ${index}: it has ${length === 0 ? "none" : `0 to ${length - 1}`}`;
  }

  #unknown(from: object, key: string, known: readonly string[] = OPERATIONS): ConfigError {
    const what = known === OPERATIONS ? `edit of the list '${this.name}'` : "entry of $insert";
    return new ConfigError(`unknown key '${key}' in an ${what}${didYouMean(key, known)}`, {
      position: positionOf(from, key),
      hint: "a mapping over a list edits it: item numbers, $prepend, $append, $insert, $remove",
    });
  }

  #fail(from: object, key: PropertyKey, message: string): ConfigError {
    return new ConfigError(message, { position: positionOf(from, key) ?? positionOf(from) });
  }
}

const itemsOf = (list: readonly unknown[]): Item[] =>
  list.map((value, index) => ({ value, from: list, index }));

/** A list of one, to hold the place of a value that stood below a key. */
function placed(from: object, key: string, value: unknown): object {
  const one = [value];
  const position = positionOf(from, key);
  if (position) setPosition(one, position, 0);
  return one;
}

function listOf(items: readonly Item[], list: readonly unknown[], edit: Mapping): unknown[] {
  const result = items.map(({ value }) => value);
  const position = positionOf(list) ?? positionOf(edit);
  if (position) setPosition(result, position);
  for (const [index, item] of items.entries()) {
    const at = positionOf(item.from, item.index);
    if (at) setPosition(result, at, index);
  }
  return result;
}

const describeMatcher = (matcher: Mapping): string =>
  Object.entries(matcher)
    .map(([key, value]) => `${key} ${typeof value === "string" ? `'${value}'` : describeValue(value)}`)
    .join(" and ");
