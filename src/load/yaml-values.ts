import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type Node, type ParsedNode } from "yaml";
import { ConfigError, type Position } from "../errors.js";
import { templateOr } from "../template/template.js";
import { positionOf, setPosition } from "./position.js";

const MAX_DEPTH = 100;
const MAX_VALUES = 200_000;

/** The text of an `!unsafe` scalar, on its way from the parser to the plain values. */
export class Unsafe {
  constructor(readonly text: string) {}
}

export const tooDeep = (position: Position) => new ConfigError("nested too deeply", { position });

/** Turns YAML nodes into plain values, remembering where each stood. */
export class Converter {
  #values = 0;

  constructor(
    private readonly document: Document.Parsed,
    private readonly at: (offset: number) => Position,
  ) {}

  convert(node: ParsedNode | Node | null | undefined, depth = 0): unknown {
    if (node === null || node === undefined) return null;
    const position = this.at(node.range?.[0] ?? 0);
    if (depth > MAX_DEPTH) throw tooDeep(position);
    if (++this.#values > MAX_VALUES) throw new ConfigError("aliases expand to too many values", { position });
    if (isAlias(node)) {
      const target = node.resolve(this.document) as Node | undefined;
      if (target === undefined)
        throw new ConfigError(`no anchor '&${node.source}' stands before this alias`, { position });
      return this.convert(target, depth + 1);
    }
    if (isScalar(node)) return scalarValue(node.value, position);
    if (isSeq(node)) return this.#list(node.items as Node[], position, depth);
    if (isMap(node)) return this.#mapping(node.items, position, depth);
    throw new ConfigError("this kind of YAML value is not supported", { position });
  }

  #list(items: readonly Node[], position: Position, depth: number): unknown[] {
    const list: unknown[] = [];
    setPosition(list, position);
    for (const [index, item] of items.entries()) {
      setPosition(list, this.at(item?.range?.[0] ?? 0), index);
      list.push(this.convert(item, depth + 1));
    }
    return list;
  }

  #mapping(pairs: readonly unknown[], position: Position, depth: number): Record<string, unknown> {
    const mapping: Record<string, unknown> = {};
    setPosition(mapping, position);
    const merged: Node[] = [];
    for (const pair of pairs) {
      if (!isPair(pair)) continue;
      const keyNode = pair.key as Node;
      const where = this.at(keyNode?.range?.[0] ?? 0);
      const key = this.#key(keyNode, where);
      if (key === "<<") {
        merged.push(pair.value as Node);
        continue;
      }
      if (Object.hasOwn(mapping, key))
        throw new ConfigError("this key is given twice in one mapping", { position: where });
      define(mapping, key, this.convert(pair.value as Node, depth + 1));
      setPosition(mapping, where, key);
    }
    for (const node of merged) this.#mergeInto(mapping, node, depth);
    return mapping;
  }

  #key(node: Node | null, position: Position): string {
    const target = isAlias(node) ? node.resolve(this.document) : node;
    if (!isScalar(target)) throw new ConfigError("a key must be a plain text", { position });
    const { value, source } = target;
    return typeof value === "string" ? value : (source ?? String(value));
  }

  #mergeInto(mapping: Record<string, unknown>, node: Node, depth: number): void {
    const value = this.convert(node, depth + 1);
    for (const source of Array.isArray(value) ? value : [value]) {
      if (typeof source !== "object" || source === null)
        throw new ConfigError("'<<' merges mappings only", { position: this.at(node.range?.[0] ?? 0) });
      inherit(mapping, source);
    }
  }
}

/** Takes over the entries that a mapping has not itself, with their places. */
function inherit(mapping: object, source: object): void {
  for (const [key, entry] of Object.entries(source)) {
    if (Object.hasOwn(mapping, key)) continue;
    define(mapping, key, entry);
    const position = positionOf(source, key);
    if (position) setPosition(mapping, position, key);
  }
}

const define = (mapping: object, key: string, value: unknown) =>
  Object.defineProperty(mapping, key, { value, enumerable: true, writable: true, configurable: true });

function scalarValue(value: unknown, position: Position): unknown {
  if (value instanceof Unsafe) return value.text;
  if (typeof value === "bigint") return Number(value);
  return typeof value === "string" ? templateOr(value, position) : value;
}
