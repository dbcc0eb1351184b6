import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type ParsedNode,
  type Scalar,
  visit,
} from "yaml";
import { ConfigError, type Position } from "../errors.js";
import { asFraction, positionOf, setPosition } from "../values/position.js";
import { templateOr } from "../values/template.js";
import type { SecretValues } from "../vault/secret-values.js";

const MAX_DEPTH = 100;
const MAX_VALUES = 200_000;
/** How many mistakes of one file are told at once. */
export const MAX_PROBLEMS = 5;

export const QUOTE_HINT = "a value that begins with '{{' must stand in quotes";

/** The text of an `!unsafe` scalar, a string that must never be evaluated, on its way from the parser to the plain values. */
export class Unsafe {
  constructor(readonly text: string) {}
}

/** The same of a `!vault` scalar. */
export class Encrypted {
  constructor(readonly text: string) {}
}

/** The same of an `!env` scalar. */
export class EnvironmentName {
  constructor(readonly text: string) {}
}

/** What a YAML text may reach, and what may be told about it. */
export interface Reading {
  /** What `!vault` and `!env` stand for; without it they are refused. */
  readonly secrets?: SecretValues;
  /** The text itself is a secret: no message quotes it. */
  readonly hidden?: boolean;
  /** `!vault` values of mappings are decrypted when somebody looks at them: of most hosts of an inventory nobody does. */
  readonly lazy?: boolean;
}

export const tooDeep = (position: Position) => new ConfigError("nested too deeply", { position });

/** Turns YAML nodes into plain values, remembering where each stood. */
export class Converter {
  #values = 0;
  #aliases = 0;
  readonly #anchors = new Map<Node, Node>();
  /** Keys given twice, which are no reason to stop looking for more of them. */
  readonly problems: ConfigError[] = [];

  constructor(
    private readonly document: Document.Parsed,
    private readonly at: (offset: number) => Position,
    private readonly reading: Reading,
  ) {
    this.#findAnchors();
  }

  /** What each alias stands for, found in one pass: the package looks through the document for each one. */
  #findAnchors(): void {
    const latest = new Map<string, Node>();
    visit(this.document, {
      Node: (_, node) => {
        if (isAlias(node)) {
          const target = latest.get(node.source);
          if (target !== undefined) this.#anchors.set(node, target);
        } else if (node.anchor !== undefined) latest.set(node.anchor, node);
      },
    });
  }

  convert(node: ParsedNode | Node | null | undefined, depth = 0): unknown {
    if (node === null || node === undefined) return null;
    const position = this.at(node.range?.[0] ?? 0);
    if (depth > MAX_DEPTH) throw tooDeep(position);
    if (++this.#values > MAX_VALUES) throw new ConfigError(this.#tooMany(), { position });
    if (isAlias(node)) {
      this.#aliases++;
      const target = this.#anchors.get(node);
      if (target === undefined)
        throw new ConfigError(`no anchor ${this.#quoted(`&${node.source}`)}stands before this alias`, {
          position,
        });
      return this.convert(target, depth + 1);
    }
    if (isScalar(node)) return scalarValue(node, position, this.reading);
    if (isSeq(node)) return this.#list(node.items as Node[], position, depth);
    if (isMap(node)) return this.#mapping(node.items, position, depth);
    throw new ConfigError("this kind of YAML value is not supported", { position });
  }

  /** A mapping that aliases repeat is told once. */
  #twice(position: Position): void {
    const same = ({ position: other }: ConfigError) =>
      other?.line === position.line && other.column === position.column;
    if (this.problems.length < MAX_PROBLEMS && !this.problems.some(same))
      this.problems.push(new ConfigError("this key is given twice in one mapping", { position }));
  }

  #quoted(text: string): string {
    return this.reading.hidden ? "" : `'${text}' `;
  }

  #tooMany(): string {
    return this.#aliases > 0
      ? "aliases expand to too many values"
      : `there are more than ${MAX_VALUES} values`;
  }

  #list(items: readonly Node[], position: Position, depth: number): unknown[] {
    const list: unknown[] = [];
    setPosition(list, position);
    for (const [index, item] of items.entries()) {
      setPosition(list, placeOf(item, this.at(item?.range?.[0] ?? 0)), index);
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
      if (Object.hasOwn(mapping, key)) this.#twice(where);
      const later = this.#later(pair.value as Node);
      if (later) defineLater(mapping, key, later);
      else define(mapping, key, this.convert(pair.value as Node, depth + 1));
      setPosition(mapping, placeOf(pair.value as Node, where), key);
    }
    return merged.length === 0 ? mapping : this.#merged(mapping, merged, position, depth);
  }

  /** What is merged comes before a mapping's own entries, which win; of several the first one wins, and comes last. */
  #merged(own: object, nodes: readonly Node[], position: Position, depth: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    setPosition(result, position);
    const sources = nodes.flatMap((node) => this.#sources(node, depth));
    for (const source of [...sources.reverse(), own]) override(result, source);
    return result;
  }

  /** How to decrypt a value when it is needed; undefined for any other value. */
  #later(node: Node | null): (() => unknown) | undefined {
    const { lazy, secrets } = this.reading;
    if (!lazy || !secrets || !isScalar(node) || !(node.value instanceof Encrypted)) return undefined;
    return secrets.later(node.value.text, this.at(node.range?.[0] ?? 0));
  }

  #key(node: Node | null, position: Position): string {
    const target = isAlias(node) ? this.#anchors.get(node) : node;
    if (isMap(target) && target.flow)
      throw new ConfigError("a key must be a plain text", { position, hint: QUOTE_HINT });
    if (!isScalar(target)) throw new ConfigError("a key must be a plain text", { position });
    const { value, source } = target;
    return typeof value === "string" ? value : (source ?? String(value));
  }

  #sources(node: Node, depth: number): object[] {
    const value = this.convert(node, depth + 1);
    return (Array.isArray(value) ? value : [value]).map((source: unknown) => {
      if (typeof source === "object" && source !== null) return source;
      throw new ConfigError("'<<' merges mappings only", { position: this.at(node.range?.[0] ?? 0) });
    });
  }
}

/** Takes over all entries, with their places; those that are there already keep their rank. */
function override(mapping: object, source: object): void {
  for (const [key, entry] of Object.entries(Object.getOwnPropertyDescriptors(source))) {
    if (!entry.enumerable) continue;
    Object.defineProperty(mapping, key, entry);
    const position = positionOf(source, key);
    if (position) setPosition(mapping, position, key);
  }
}

const define = (mapping: object, key: string, value: unknown) =>
  Object.defineProperty(mapping, key, { value, enumerable: true, writable: true, configurable: true });

/** The position of a value, which tells `2.0` from `2`. */
const placeOf = (node: Node | null, position: Position): Position =>
  isScalar(node) &&
  Number.isInteger(node.value) &&
  /^[-+]?[\d_]*\.[\d_]*(?:e[-+]?\d+)?$/i.test(node.source ?? "")
    ? asFraction(position)
    : position;

const defineLater = (mapping: object, key: string, get: () => unknown) =>
  Object.defineProperty(mapping, key, { get, enumerable: true, configurable: true });

const WHOLE_NUMBER = /^[-+]?(?:0x[\da-f]+|[\d_]+)$/i;

function scalarValue({ value, source }: Scalar, position: Position, { secrets }: Reading): unknown {
  if (value instanceof Unsafe) return value.text;
  // As in Ansible, a decrypted value is data: what looks like an expression in a password is none.
  if (value instanceof Encrypted) return secrets?.decrypt(value.text, position);
  if (value instanceof EnvironmentName) return secrets?.environment(value.text.trim(), position);
  if (typeof value === "number" && !Number.isSafeInteger(value) && WHOLE_NUMBER.test(source ?? ""))
    throw new ConfigError("this number has too many digits to be kept; quote it to make it a text", {
      position,
    });
  return typeof value === "string" ? templateOr(value, position) : value;
}
