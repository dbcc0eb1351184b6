import { type Document, LineCounter, parseAllDocuments, type ScalarTag } from "yaml";
import { ConfigError, ConfigErrors, type Position } from "../errors.js";
import { refuseDeepNesting } from "./yaml-nesting.js";
import {
  Converter,
  Encrypted,
  EnvironmentName,
  MAX_PROBLEMS,
  QUOTE_HINT,
  type Reading,
  Unsafe,
} from "./yaml-values.js";

/** A tag whose meaning the Converter knows. */
const marker = (tag: string, Marked: new (text: string) => object): ScalarTag => ({
  tag,
  resolve: (text) => new Marked(text) as unknown as string,
});

const unsafe = marker("!unsafe", Unsafe);
const secretTags: readonly ScalarTag[] = [
  marker("!vault", Encrypted),
  marker("!vault-encrypted", Encrypted),
  marker("!env", EnvironmentName),
];

/**
 * YAML text as plain values: mappings, lists, scalars, and a Template for each string with template marks.
 * Booleans and octal numbers are YAML 1.1's, as Ansible reads them. An empty text is null.
 * @param reading without it, as for what a guest says, no secret is looked up
 * @throws ConfigError(s) with file, line and column.
 */
export function parseYaml(text: string, file: string, reading: Reading = {}): unknown {
  refuseDeepNesting(text, file);
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    version: "1.1",
    schema: "core",
    merge: true,
    // The package compares each key with all others, which takes minutes in a large file; the Converter finds them.
    uniqueKeys: false,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "silent",
    customTags: (tags) => [unsafe, ...(reading.secrets ? secretTags : []), ...yaml11Scalars, ...tags],
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
  const converter = new Converter(first, at, reading);
  const problems = problemsOf(first, text, at, reading);
  const value = withProblems(problems, () => converter.convert(first.contents));
  const all = [...problems, ...converter.problems].sort((left, right) => offsetOrder(left, right));
  const perLine = all.filter(
    ({ position }, index) => index === all.findIndex((other) => other.position?.line === position?.line),
  );
  const [only] = perLine;
  if (only === undefined) return value;
  throw perLine.length === 1 ? only : new ConfigErrors(perLine.slice(0, MAX_PROBLEMS));
}

/** A form of YAML 1.1's whole numbers that YAML 1.2 does not have. */
const number = (format: string, test: RegExp, read: (digits: string) => number): ScalarTag => ({
  tag: "tag:yaml.org,2002:int",
  default: true,
  format,
  test,
  resolve: (text) => read(text.replaceAll("_", "")),
});

/** YAML 1.1's booleans and octal numbers, without its sexagesimal numbers and dates, which surprise people. */
const yaml11Scalars: ScalarTag[] = [
  {
    tag: "tag:yaml.org,2002:bool",
    default: true,
    test: /^(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|true|True|TRUE|false|False|FALSE)$/,
    resolve: (text) => /^(?:yes|on|true)$/i.test(text),
  },
  number("OCT", /^[-+]?0[0-7_]+$/, (digits) => Number.parseInt(digits, 8)),
  number("BIN", /^[-+]?0b[01_]+$/, (digits) => Number.parseInt(digits.replace("0b", ""), 2)),
  number("DEC", /^[-+]?[1-9]\d*_[\d_]*$/, Number),
  // What looks like an octal number and is none is a text.
  {
    tag: "tag:yaml.org,2002:str",
    default: true,
    test: /^[-+]?0(?:o[0-7]+|[\d_]*[89][\d_]*)$/,
    resolve: String,
  },
];

/** What the parser complained about. */
const problemsOf = (
  document: Document.Parsed,
  text: string,
  at: (offset: number) => Position,
  reading: Reading,
): ConfigError[] =>
  [...document.errors, ...document.warnings].map((problem) => {
    const position = at(problem.pos[0]);
    const hint = isUnquoted(text, problem.pos[0]) ? QUOTE_HINT : undefined;
    return new ConfigError(plainMessage(problem.code, problem.message, reading), { position, hint });
  });

/** Whether the line of a mistake has a value that begins with `{{` and is not quoted. */
function isUnquoted(text: string, offset: number): boolean {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  return /^[ -]*(?:[^\s'"#{][^'"#{]*:\s+)?\{\{/.test(
    text.slice(start, end < 0 ? undefined : end).slice(0, 500),
  );
}

/** Values of a broken document are of no use, but its keys are looked through all the same. */
function withProblems(problems: readonly ConfigError[], action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    if (problems.length === 0) throw error;
    return null;
  }
}

const offsetOrder = ({ position: left }: ConfigError, { position: right }: ConfigError): number =>
  (left?.line ?? 0) - (right?.line ?? 0) || (left?.column ?? 0) - (right?.column ?? 0);

function plainMessage(code: string, message: string, { secrets, hidden }: Reading): string {
  const tag = /Unresolved tag: (\S+)/.exec(message)?.[1];
  if (tag === "!unsafe") return "!unsafe marks a text; of a list or mapping, mark each text";
  if (tag !== undefined && secretTags.some((known) => known.tag === tag))
    return secrets === undefined ? `${tag} has no meaning here` : `${tag} marks a text, no list or mapping`;
  if (tag !== undefined) return hidden ? "unknown YAML tag" : `unknown YAML tag ${tag}`;
  if (/call stack/i.test(message)) return "nested too deeply";
  if (code === "TAB_AS_INDENT") return "a tab is used to indent; YAML takes spaces only";
  return hidden ? "not valid YAML" : `not valid YAML: ${message.split("\n")[0]}`;
}
