import { ConfigError, type Position } from "../errors.js";
import { literal } from "./emitter.js";
import { rewrite } from "./rewrite.js";
import type { Path, Vocabulary } from "./rewritten.js";
import type { Segment } from "./segments.js";
import { boundBy, forParts, importParts, keywordOf, parameters } from "./statement-parts.js";
import type { Backslashes } from "./tokens.js";
import { UNDEFINED_MARK } from "./values.js";

/** Names that the engine binds by itself. */
const ENGINE_NAMES = ["loop", "caller", "varargs", "kwargs", "self"];

/** The names that the statements of a template bind, which are the template's own and no variables of the scope. */
export function localsOf(segments: readonly Segment[]): Set<string> {
  const names = segments.flatMap(({ kind, body }) => (kind === "statement" ? boundBy(body) : []));
  const binds = segments.some(({ kind, body }) => kind === "statement" && /^(?:block|call)\b/.test(body));
  return new Set([...names, ...(names.length > 0 || binds ? ENGINE_NAMES : [])]);
}

/** What templates that belong together share. */
export interface Program {
  readonly vocabulary: Vocabulary;
  /** Of all of them: an included template sees what the one around it binds. */
  readonly locals: ReadonlySet<string>;
  readonly cells: NonNullable<Vocabulary["cells"]>;
  readonly paths: Path[];
  readonly mappings: (readonly string[])[];
  /** Where expressions and statements stand, which the code names by number. */
  readonly places: (Position | undefined)[];
  /** Of `{{ }}`; statements have escapes. */
  readonly backslashes: Backslashes;
}

/** A template with `{% %}` in the engine's form: its variables are calls, its results Python's texts. @param placeOf where a segment stands */
export function rewriteStatements(
  segments: readonly Segment[],
  program: Program,
  placeOf: (segment: Segment) => Position | undefined,
): string {
  let code = "";
  let line = 1;
  for (const segment of segments) {
    const place = placeOf(segment);
    const written = new Writer(program, place).segment(segment);
    // The code keeps the lines of the file, so that what the engine says of a line holds for the file.
    const lacking = segment.kind === "text" ? 0 : Math.max(0, (place?.line ?? 0) - line);
    const piece = written.slice(0, 2) + "\n".repeat(lacking) + written.slice(2);
    line += piece.split("\n").length - 1;
    code += piece;
  }
  return code;
}

/** Writes one segment. */
class Writer {
  constructor(
    private readonly program: Program,
    private readonly position: Position | undefined,
  ) {}

  segment({ kind, body, escaped = false }: Segment): string {
    if (kind === "text") return plainText(body);
    try {
      if (kind === "statement") return `{% ${this.#statement(body)} %}`;
      const place = this.program.places.push(this.position) - 1;
      return `{{ (${this.#emit(body, this.program.backslashes)})|default(${literal(UNDEFINED_MARK)})|__text(${literal(body)}, ${place}, ${escaped}) }}`;
    } catch (error) {
      if (!(error instanceof ConfigError) || error.position || !this.position) throw error;
      throw new ConfigError(error.message, { position: this.position, hint: error.hint, cause: error });
    }
  }

  #emit(expression: string, backslashes: Backslashes = "escapes"): string {
    const { vocabulary, locals, cells, paths, mappings } = this.program;
    const first = paths.length;
    const functions = new Set([...vocabulary.functions, ...locals, "super"]);
    const rewritten = rewrite(expression, { ...vocabulary, functions, cells }, locals, paths, backslashes);
    mappings.push(...rewritten.mappings);
    for (let index = first; index < paths.length; index++) {
      const path = paths[index];
      if (path) paths[index] = { ...path, position: this.position };
    }
    return rewritten.code;
  }

  #statement(body: string): string {
    const { keyword, rest } = keywordOf(body);
    switch (keyword) {
      case "if":
      case "elif":
      case "do":
        return `${keyword} ${this.#emit(rest)}`;
      case "for":
        return this.#for(rest);
      case "set":
        return this.#set(rest);
      case "with":
        return `with ${this.#parameters(rest, (name, code) => this.#kept(name, code))}`;
      case "macro":
        return this.#macro(rest);
      case "call":
        return this.#call(rest);
      case "filter":
        return `filter ${this.#filters(rest)}`;
      case "block":
        return `block ${/^\w+/.exec(rest)?.[0] ?? rest}`;
      case "include":
      case "extends":
      case "import":
      case "from":
        return this.#other(keyword, rest);
      default:
        return body;
    }
  }

  /** A mapping is gone through in its own order, which the engine does not know. */
  #for(rest: string): string {
    const { targets, over, condition, recursive } = forParts(rest);
    const only = condition === undefined ? "" : ` if ${this.#emit(condition)}`;
    return `for ${targets} in (${this.#emit(over)})|__each${only}${recursive ? " recursive" : ""}`;
  }

  #set(rest: string): string {
    const [, name, filters] = /^(\w+)\s*\|\s*([\s\S]*)$/.exec(rest) ?? [];
    if (name !== undefined && filters !== undefined) return `set ${name} | ${this.#filters(filters)}`;
    const [, targets, value] = /^([\w\s,.()]+?)\s*=\s*([\s\S]*)$/.exec(rest) ?? [];
    if (targets === undefined || value === undefined) return `set ${rest}`;
    if (!targets.includes(",")) return `set ${targets} = ${this.#made(targets, value)}`;
    const many = /^[([]/.test(value) ? value : `(${value})`;
    return `set (${targets.replace(/[()]/g, "")}) = ${this.#emit(many)}`;
  }

  /** What is bound to a name; where it changes in place, its mark. */
  #made(target: string, value: string): string {
    const parts = /^namespace\s*\(([\s\S]*)\)$/.exec(value)?.[1];
    if (parts === undefined || this.program.cells.get(target) !== "namespace")
      return this.#kept(target, this.#emit(value));
    return `namespace(${this.#parameters(parts, (_, code) => `__cell(${code})`)})`;
  }

  #kept(target: string, code: string): string {
    const [, root = "", part] = /^(\w+)(\.\w+)?$/.exec(target) ?? [];
    const kind = this.program.cells.get(root);
    return kind === (part === undefined ? "value" : "namespace") ? `__cell(${code})` : code;
  }

  #filters(filters: string): string {
    return this.#emit(`'' | ${filters}`).replace(/^""\s*\|\s*/, "");
  }

  #macro(rest: string): string {
    const [, name = "", given = ""] = /^(\w+)\s*\(([\s\S]*)\)$/.exec(rest) ?? [];
    if (name === "") throw new ConfigError(`syntax error in template: '{% macro ${rest} %}' is no macro`);
    return `macro ${name}(${this.#parameters(given)})`;
  }

  /** The call must stand as it is written: only its arguments are expressions. */
  #call(rest: string): string {
    const [, names = "", callee = "", given = ""] =
      /^(\([^)]*\)\s*)?([\w.]+)\s*\(([\s\S]*)\)$/.exec(rest) ?? [];
    if (callee === "") throw new ConfigError(`syntax error in template: '{% call ${rest} %}' calls no macro`);
    const args = this.#emit(`namespace(${given})`).replace(/^namespace\s*/, "");
    return `call${names} ${callee}${args}`;
  }

  #parameters(written: string, made = (_name: string, code: string) => code): string {
    return parameters(written)
      .map(({ name, value }) => (value === undefined ? name : `${name} = ${made(name, this.#emit(value))}`))
      .join(", ");
  }

  /** Another template, which is found when the engine comes here. */
  #other(keyword: string, rest: string): string {
    const { name, imported, ignoresMissing } = importParts(keyword, rest);
    const place = this.program.places.push(this.position) - 1;
    const found = `__template(${this.#emit(name)}, ${place}, ${ignoresMissing})`;
    if (keyword === "import") return `import ${found} as ${imported}`;
    if (keyword === "from") return `from ${found} import ${imported}`;
    return `${keyword} ${found}${ignoresMissing ? " ignore missing" : ""}`;
  }
}

/** Text may hold marks when it was a raw block. */
const plainText = (text: string): string => (/\{(?:[{%#]|$)/.test(text) ? `{{ ${literal(text)} }}` : text);
