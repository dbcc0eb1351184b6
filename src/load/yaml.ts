import { readFile } from "node:fs/promises";
import { type Document, LineCounter, parseAllDocuments, type ScalarTag } from "yaml";
import { ConfigError, ConfigErrors, type Position } from "../errors.js";
import { refuseDeepNesting } from "./yaml-nesting.js";
import { Converter, Unsafe } from "./yaml-values.js";

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_PROBLEMS = 5;

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
