import { readFile } from "node:fs/promises";
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseAllDocuments,
  type ScalarTag,
} from "yaml";
import { ConfigError, ConfigErrors, type Position } from "../errors.js";
import { templateOr } from "../template/template.js";
import { positionOf, setPosition } from "./position.js";

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_DEPTH = 100;
const MAX_VALUES = 200_000;
const MAX_PROBLEMS = 5;

class Unsafe {
  constructor(readonly text: string) {}
}

/** A string that must never be evaluated, Ansible's `!unsafe`. */
const unsafe: ScalarTag = { tag: "!unsafe", resolve: (text) => new Unsafe(text) as unknown as string };

/** Reads a YAML file of the user's. @throws ConfigError(s) with the position. */
export async function readYamlFile(path: string): Promise<unknown> {
  return parseYaml(await readUserFile(path), path);
}

/** Reads a text file that the user named. @throws ConfigError in plain words. */
export async function readUserFile(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new ConfigError(`cannot read ${path}: ${reasonOf(cause)}`, { cause });
  });
  if (bytes.byteLength > MAX_BYTES) throw new ConfigError(`${path} is larger than ${MAX_BYTES >> 20} MiB`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ConfigError(`${path} is not a UTF-8 text`, { cause });
  }
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "no such file";
  if (error.code === "EISDIR") return "it is a directory";
  if (error.code === "EACCES") return "permission denied";
  return error.code ?? error.message;
}

/**
 * YAML text as plain values: mappings, lists, scalars, and a Template for each string with template marks.
 * Booleans and octal numbers are YAML 1.1's, as Ansible reads them. An empty text is null.
 * @throws ConfigError(s) with file, line and column.
 */
export function parseYaml(text: string, file: string): unknown {
  refuseDeepNesting(text, file);
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    version: "1.1",
    schema: "core",
    merge: true,
    uniqueKeys: true,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "silent",
    customTags: (tags) => [unsafe, ...yaml11Scalars, ...tags],
  });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  if (!Array.isArray(documents) || documents.length === 0) return null;
  const [first, second] = documents as Document.Parsed[];
  if (first === undefined) return null;
  if (second !== undefined)
    throw new ConfigError("the file holds more than one YAML document", { position: at(second.range[0]) });
  refuseErrors(first, at);
  return new Converter(first, at).convert(first.contents);
}

/** YAML 1.1's booleans and octal numbers, without its sexagesimal numbers and dates, which surprise people. */
const yaml11Scalars: ScalarTag[] = [
  {
    tag: "tag:yaml.org,2002:bool",
    default: true,
    test: /^(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|true|True|TRUE|false|False|FALSE)$/,
    resolve: (text) => /^(?:yes|on|true)$/i.test(text),
  },
  {
    tag: "tag:yaml.org,2002:int",
    default: true,
    format: "OCT",
    test: /^[-+]?0[0-7_]+$/,
    resolve: (text) => Number.parseInt(text.replaceAll("_", ""), 8),
  },
];

function refuseErrors(document: Document.Parsed, at: (offset: number) => Position): void {
  const problems = [...document.errors, ...document.warnings].map(
    (problem) =>
      new ConfigError(plainMessage(problem.code, problem.message), { position: at(problem.pos[0]) }),
  );
  const [first] = problems;
  if (first === undefined) return;
  const perLine = problems.filter(
    ({ position }, index) => index === problems.findIndex((other) => other.position?.line === position?.line),
  );
  throw perLine.length === 1 ? first : new ConfigErrors(perLine.slice(0, MAX_PROBLEMS));
}

function plainMessage(code: string, message: string): string {
  const tag = /Unresolved tag: (\S+)/.exec(message)?.[1];
  if (tag === "!vault" || tag === "!vault-encrypted") return "!vault values are not supported yet";
  if (tag !== undefined) return `unknown YAML tag ${tag}`;
  if (code === "DUPLICATE_KEY") return "this key is given twice in one mapping";
  if (/call stack/i.test(message)) return "nested too deeply";
  if (code === "TAB_AS_INDENT") return "a tab is used to indent; YAML takes spaces only";
  return `not valid YAML: ${message.split("\n")[0]}`;
}

/** A parser that recurses must not be handed a file of 20,000 brackets; counted as text, before parsing. */
function refuseDeepNesting(text: string, file: string): void {
  let depth = 0;
  let line = 1;
  for (let index = 0; index < text.length; index++) {
    const char = text[index];
    if (char === "\n") line++;
    else if (char === "[" || char === "{") depth++;
    else if (char === "]" || char === "}") depth = Math.max(0, depth - 1);
    if (depth > MAX_DEPTH * 4) throw tooDeep({ file, line, column: index - text.lastIndexOf("\n", index) });
  }
  for (const found of text.matchAll(/^(?:[ ]*- ?){101,}|^ {5000,}\S/gm))
    throw tooDeep({ file, line: text.slice(0, found.index).split("\n").length, column: 1 });
}

const tooDeep = (position: Position) => new ConfigError("nested too deeply", { position });

/** Turns YAML nodes into plain values, remembering where each stood. */
class Converter {
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
      for (const [key, entry] of Object.entries(source))
        if (!Object.hasOwn(mapping, key)) {
          define(mapping, key, entry);
          const position = positionOf(source, key);
          if (position) setPosition(mapping, position, key);
        }
    }
  }
}

const define = (mapping: object, key: string, value: unknown) =>
  Object.defineProperty(mapping, key, { value, enumerable: true, writable: true, configurable: true });

function scalarValue(value: unknown, position: Position): unknown {
  if (value instanceof Unsafe) return value.text;
  if (typeof value === "bigint") return Number(value);
  return typeof value === "string" ? templateOr(value, position) : value;
}
