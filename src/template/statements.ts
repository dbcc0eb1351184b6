import { ConfigError } from "../errors.js";
import { rewrite } from "./rewrite.js";
import type { Path, Vocabulary } from "./rewritten.js";
import type { Segment } from "./segments.js";
import { tokenize } from "./tokens.js";
import { UNDEFINED_MARK } from "./values.js";

/** A template with `{% %}` in the engine's form: its variables are calls, its results Python's texts. */
export function rewriteStatements(
  segments: readonly Segment[],
  vocabulary: Vocabulary,
  paths: Path[],
): { code: string; mappings: (readonly string[])[] } {
  const locals = new Set(
    segments.flatMap((segment) => (segment.kind === "statement" ? boundBy(segment.body) : [])),
  );
  for (const name of ["loop", "caller", "varargs", "kwargs", "self"]) if (locals.size > 0) locals.add(name);
  const macros = new Set([...vocabulary.functions, ...locals]);
  const mappings: (readonly string[])[] = [];
  const emit = (expression: string) => {
    const rewritten = rewrite(expression, { ...vocabulary, functions: macros }, locals, paths);
    mappings.push(...rewritten.mappings);
    return rewritten.code;
  };
  const code = segments.map((segment) => segmentCode(segment, emit)).join("");
  return { code, mappings };
}

function segmentCode({ kind, body, open, close }: Segment, emit: (expression: string) => string): string {
  if (kind === "text") return plainText(body);
  if (kind === "expression")
    return `{{${open} (${emit(body)})|default(${JSON.stringify(UNDEFINED_MARK)})|__text(${JSON.stringify(body)}) ${close}}}`;
  return `{%${open} ${statementCode(body, emit)} ${close}%}`;
}

/** Text may hold marks when it was a raw block. */
const plainText = (text: string): string => (/\{[{%#]/.test(text) ? `{% raw %}${text}{% endraw %}` : text);

function statementCode(body: string, emit: (expression: string) => string): string {
  const [, keyword = "", rest = ""] = /^(\w+)\s*([\s\S]*)$/.exec(body) ?? [];
  const part = (prefix: string, expression: string) => `${keyword} ${prefix} ${emit(expression)}`;
  switch (keyword) {
    case "if":
    case "elif":
    case "do":
      return part("", rest);
    case "for": {
      const [, targets = "", list = "", recursive = ""] =
        /^([\w\s,()]+?)\s+in\s+([\s\S]*?)(\srecursive)?$/.exec(rest) ?? [];
      return forCode(targets, list, recursive, emit);
    }
    case "set": {
      const [, targets, value] = /^([\w\s,.]+?)\s*=\s*([\s\S]*)$/.exec(rest) ?? [];
      if (targets === undefined || value === undefined) return body;
      return targets.includes(",") && !/^[([]/.test(value)
        ? `set (${targets}) = (${emit(`(${value})`)})`
        : part(targets.includes(",") ? `(${targets}) =` : `${targets} =`, value);
    }
    case "include":
    case "import":
    case "from":
    case "extends":
      throw new ConfigError(`'{% ${keyword} %}' is not supported`);
    default:
      return body;
  }
}

/** A mapping is gone through in its own order, which the engine does not know. */
function forCode(
  targets: string,
  list: string,
  recursive: string,
  emit: (expression: string) => string,
): string {
  const [, over = list, condition] = splitCondition(list);
  const only = condition === undefined ? "" : ` if ${emit(condition)}`;
  return `for ${targets} in (${emit(over)})|__each${only}${recursive}`;
}

/** `list if condition`, of which the `if` stands in no bracket and has no `else`. */
function splitCondition(list: string): [string, string, string | undefined] {
  let depth = 0;
  for (const found of list.matchAll(
    /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|[([{]|[)\]}]|\bif\b|\belse\b/g,
  )) {
    const [text] = found;
    if (/^[([{]$/.test(text)) depth++;
    else if (/^[)\]}]$/.test(text)) depth--;
    else if (text === "else" && depth === 0) return [list, list, undefined];
    else if (text === "if" && depth === 0) {
      if (/\belse\b/.test(list.slice(found.index))) continue;
      return [list, list.slice(0, found.index), list.slice(found.index + 2)];
    }
  }
  return [list, list, undefined];
}

/** The names that a statement binds, which are the template's own and no variables of the scope. */
function boundBy(body: string): string[] {
  const [, keyword = "", rest = ""] = /^(\w+)\s*([\s\S]*)$/.exec(body) ?? [];
  const binding: Record<string, RegExp> = {
    for: /^([\w\s,()]+?)\s+in\s/,
    set: /^([\w\s,]+?)\s*(?:=|$)/,
    macro: /^([\s\S]*)$/,
    call: /^(\([^)]*\))/,
    with: /^([\s\S]*)$/,
  };
  const bound = binding[keyword]?.exec(rest)?.[1] ?? "";
  return tokenize(bound).flatMap(({ kind, text }) => (kind === "name" ? [text] : []));
}
