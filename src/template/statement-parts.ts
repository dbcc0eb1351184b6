import { ConfigError } from "../errors.js";
import { tokenize } from "./tokens.js";

/** What stands between `{%` and `%}`, taken apart. */

/** `for x in y`: its first word, and what follows. */
export function keywordOf(body: string): { keyword: string; rest: string } {
  const [, keyword = "", rest = ""] = /^(\w+)\s*([\s\S]*)$/.exec(body) ?? [];
  return { keyword, rest };
}

/** Strings, brackets and words of an expression: what a split must not cut. */
const PIECES = /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|[([{]|[)\]}]|\w+|[\s\S]/g;

/** Pieces that stand in no bracket, with their places. */
function* outermost(text: string): Generator<{ piece: string; index: number }> {
  let depth = 0;
  for (const { 0: piece, index } of text.matchAll(PIECES)) {
    if (/^[)\]}]$/.test(piece)) depth--;
    if (depth === 0) yield { piece, index };
    if (/^[([{]$/.test(piece)) depth++;
  }
}

/** `a, b=1`: names with the values that they have. */
export function parameters(written: string): { name: string; value: string | undefined }[] {
  const commas = [...outermost(written)].filter(({ piece }) => piece === ",").map(({ index }) => index);
  const parts = [-1, ...commas].map((from, which) =>
    written.slice(from + 1, commas[which] ?? written.length),
  );
  return parts
    .map((part) => /^\s*(\w+)\s*(?:=([\s\S]*))?$/.exec(part))
    .filter((found) => found !== null)
    .map(([, name = "", value]) => ({ name, value: value?.trim() }));
}

interface ForParts {
  readonly targets: string;
  readonly over: string;
  readonly condition: string | undefined;
  readonly recursive: boolean;
}

/** `x in list if condition recursive`. @throws ConfigError */
export function forParts(rest: string): ForParts {
  const [, targets, list, recursive] = /^([\w\s,()]+?)\s+in\s+([\s\S]*?)(\srecursive)?$/.exec(rest) ?? [];
  if (targets === undefined || list === undefined)
    throw new ConfigError(`syntax error in template: '{% for ${rest} %}' is no loop`);
  const { over, condition } = splitCondition(list);
  return { targets, over, condition, recursive: recursive !== undefined };
}

/** `list if condition`, of which the `if` stands in no bracket and has no `else`. */
function splitCondition(list: string): { over: string; condition: string | undefined } {
  for (const { piece, index } of outermost(list)) {
    if (piece === "else") break;
    if (piece === "if" && !/\belse\b/.test(list.slice(index)))
      return { over: list.slice(0, index), condition: list.slice(index + 2) };
  }
  return { over: list, condition: undefined };
}

interface ImportParts {
  /** The expression that names the template. */
  readonly name: string;
  /** What an import binds. */
  readonly imported: string;
  readonly ignoresMissing: boolean;
}

const CONTEXT = String.raw`(?:\s+with(?:out)?\s+context)?`;
const IMPORTS: Readonly<Record<string, RegExp>> = {
  include: new RegExp(String.raw`^(?<name>[\s\S]+?)(?<missing>\s+ignore\s+missing)?${CONTEXT}$`),
  extends: /^(?<name>[\s\S]+)$/,
  import: new RegExp(String.raw`^(?<name>[\s\S]+?)\s+as\s+(?<imported>\w+)${CONTEXT}$`),
  from: new RegExp(String.raw`^(?<name>[\s\S]+?)\s+import\s+(?<imported>[\w\s,]+?)${CONTEXT}$`),
};

/** What follows `include`, `extends`, `import` or `from`. @throws ConfigError */
export function importParts(keyword: string, rest: string): ImportParts {
  const found = IMPORTS[keyword]?.exec(rest)?.groups;
  if (found?.["name"] === undefined)
    throw new ConfigError(`syntax error in template: '{% ${keyword} ${rest} %}' cannot be read`);
  const { name, imported = "", missing } = found;
  return { name, imported, ignoresMissing: missing !== undefined };
}

/** Names that one statement binds. */
export function boundBy(body: string): string[] {
  const { keyword, rest } = keywordOf(body);
  const names = (text: string) =>
    tokenize(text).flatMap(({ kind, text: name }) => (kind === "name" ? [name] : []));
  switch (keyword) {
    case "for":
      return names(/^([\w\s,()]+?)\s+in\s/.exec(rest)?.[1] ?? "");
    case "set":
      return names(/^([\w\s,()]+?)\s*(?:=|\||$)/.exec(rest)?.[1] ?? "");
    case "macro": {
      const [, name = "", given = ""] = /^(\w+)\s*\(([\s\S]*)\)$/.exec(rest) ?? [];
      return [name, ...parameters(given).map((each) => each.name)];
    }
    case "call":
      return names(/^(\([^)]*\))/.exec(rest)?.[1] ?? "");
    case "with":
      return parameters(rest).map((each) => each.name);
    case "import":
      return names(/\sas\s+(\w+)/.exec(rest)?.[1] ?? "");
    case "from":
      return names(/\simport\s+([\s\S]*)$/.exec(rest)?.[1] ?? "").filter(
        (name) => !/^(?:as|with|without|context)$/.test(name),
      );
    default:
      return [];
  }
}
