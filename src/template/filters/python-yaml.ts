import { isMapping } from "../python.js";
import { timeText } from "../times.js";
import { type Analysis, analyse } from "./yaml-scalar.js";
import { YamlWriter } from "./yaml-writer.js";

/** How PyYAML's `dump` is asked to write. */
export interface YamlOptions {
  readonly indent: number;
  readonly width: number;
  readonly sorted: boolean;
  /** Lists and mappings that hold nothing but scalars stand in brackets on one line. */
  readonly flowLeaves: boolean;
}

/** What PyYAML's `dump` with `allow_unicode` makes of plain values, line for line. */
export function pythonYaml(value: unknown, options: YamlOptions): string {
  const emitter = new Emitter(options);
  emitter.node(value, { column: -1, inMapping: false, inFlow: false });
  return emitter.text();
}

interface Place {
  /** The indentation of the collection around; -1 at the top. */
  readonly column: number;
  readonly inMapping: boolean;
  readonly inFlow: boolean;
}

/** Longer keys are written behind a `?`. */
const MAX_KEY = 128;

const isCollection = (value: unknown): boolean =>
  Array.isArray(value) || (isMapping(value) && timeText(value) === undefined);

class Emitter {
  readonly #out: YamlWriter;
  readonly #step: number;

  constructor(private readonly options: YamlOptions) {
    this.#step = options.indent > 1 && options.indent < 10 ? options.indent : 2;
    this.#out = new YamlWriter(options.width > this.#step * 2 ? options.width : 80);
  }

  text(): string {
    return this.#out.finish();
  }

  node(value: unknown, place: Place): void {
    if (!isCollection(value)) {
      this.#scalar(value, place, false);
      return;
    }
    const entries = Array.isArray(value) ? value : Object.values(value as object);
    const leaf = this.options.flowLeaves && !entries.some(isCollection);
    const flow = place.inFlow || leaf || entries.length === 0;
    if (Array.isArray(value)) this.#list(value, flow, place);
    else this.#mapping(value as Record<string, unknown>, flow, place);
  }

  #list(list: readonly unknown[], flow: boolean, place: Place): void {
    if (flow) {
      this.#flow("[]", list, place, (item, inside) => this.node(item, inside));
      return;
    }
    // A list in a mapping stands as far to the left as its key.
    const indentless = place.inMapping && !this.#out.indention;
    const column = indentless ? place.column : this.#deeper(place);
    for (const item of list) {
      this.#out.newLine(column);
      this.#out.indicator("-", { space: true, indention: true });
      this.node(item, { column, inMapping: false, inFlow: false });
    }
  }

  #mapping(mapping: Readonly<Record<string, unknown>>, flow: boolean, place: Place): void {
    const keys = this.options.sorted ? Object.keys(mapping).sort() : Object.keys(mapping);
    if (flow) {
      this.#flow("{}", keys, place, (key, inside) => this.#entry(String(key), mapping, inside));
      return;
    }
    const column = this.#deeper(place);
    for (const key of keys) {
      this.#out.newLine(column);
      this.#entry(key, mapping, { column, inMapping: true, inFlow: false });
    }
  }

  #entry(key: string, mapping: Readonly<Record<string, unknown>>, place: Place): void {
    const isSimple = key.length <= MAX_KEY && !analyse(key).multiline;
    const inside = { ...place, inMapping: true };
    if (isSimple) this.#scalar(key, inside, true);
    else {
      this.#out.indicator("?", { space: true, indention: !place.inFlow });
      this.#scalar(key, inside, false);
      if (!place.inFlow) this.#out.newLine(place.column);
    }
    this.#out.indicator(":", isSimple ? {} : { space: true, indention: !place.inFlow });
    this.node(mapping[key], inside);
  }

  #flow(
    brackets: "[]" | "{}",
    items: readonly unknown[],
    place: Place,
    write: (item: unknown, place: Place) => void,
  ): void {
    this.#out.indicator(brackets.slice(0, 1), { space: true, whitespace: true });
    const column = place.column < 0 ? this.#step : place.column + this.#step;
    for (const [index, item] of items.entries()) {
      if (index > 0) this.#out.indicator(",", {});
      if (this.#out.isPastWidth) this.#out.newLine(column);
      write(item, { column, inMapping: false, inFlow: true });
    }
    this.#out.indicator(brackets.slice(1), {});
  }

  #deeper({ column }: Place): number {
    return column < 0 ? 0 : column + this.#step;
  }

  #scalar(value: unknown, place: Place, isKey: boolean): void {
    const found = analyse(timeText(value) ?? value);
    const column = place.column < 0 ? this.#step : place.column + this.#step;
    this.#out.scalar(found.text, styleOf(found, place.inFlow, isKey), column, !isKey);
  }
}

function styleOf(found: Analysis, inFlow: boolean, isKey: boolean): "plain" | "single" | "double" {
  const unfit = isKey && (found.empty || found.multiline);
  if (found.implicit && !unfit && (inFlow ? found.flowPlain : found.blockPlain)) return "plain";
  return found.single && !(isKey && found.multiline) ? "single" : "double";
}
