import { ConfigError } from "../errors.js";
import { didYouMean } from "../load/nearest.js";
import { type Token, tokenAt, tokenize } from "./tokens.js";

/** A variable that an expression reads, with the attributes and indexes that are written out: `vm.disks[0].src`. */
export interface Path {
  readonly root: string;
  readonly keys: readonly (string | number)[];
}

/** An expression as the engine is given it: variables became calls, so that only those reached are looked up. */
export interface Rewritten {
  readonly code: string;
  readonly paths: readonly Path[];
  /** Set when the expression is nothing but one path. */
  readonly only: Path | undefined;
  /** The keys of the mappings that the expression itself writes out, in their order. */
  readonly mappings: readonly (readonly string[])[];
}

/** What names an expression may call, and which filters and tests take keyword arguments by our convention. */
export interface Vocabulary {
  readonly functions: ReadonlySet<string>;
  readonly own: ReadonlySet<string>;
}

const KEYWORDS = new Set(
  "and or not in is if else true false none True False None recursive __u".split(" "),
);
const DEFAULTS = new Set(["default", "d"]);
const METHODS = new Set(["get", "items", "keys", "values", "format", "update", "append", "copy"]);
const ARITHMETIC = new Set(["|", ".", "[", "(", "*", "/", "//", "%", "+", "-", "**"]);

/** A string as the engine's literal. */
export const literal = (text: string): string => JSON.stringify(text);

/** Turns an expression of the user's into the engine's form. @param locals names bound by `{% for %}` and the like */
export function rewrite(
  expression: string,
  vocabulary: Vocabulary,
  locals: ReadonlySet<string> = new Set(),
  paths: Path[] = [],
): Rewritten {
  const rewriter = new Rewriter(tokenize(expression), vocabulary, locals, paths);
  const code = rewriter.emit();
  return { code, paths, only: rewriter.only, mappings: rewriter.mappings };
}

class Rewriter {
  readonly mappings: string[][] = [];
  only: Path | undefined;
  /** For each open bracket: what is called, whether its keyword mark is written, the keys of a mapping. */
  readonly #open: { bracket: string; callee: string; marked: boolean; keys: string[] }[] = [];

  constructor(
    private readonly tokens: readonly Token[],
    private readonly vocabulary: Vocabulary,
    private readonly locals: ReadonlySet<string>,
    private readonly paths: Path[],
  ) {}

  emit(from = 0, to = this.tokens.length): string {
    const parts: string[] = [];
    let at = from;
    while (at < to) {
      const [code, next] = this.#one(at);
      parts.push(code);
      at = next;
    }
    return parts.join(" ");
  }

  #text(index: number): string {
    const token = tokenAt(this.tokens, index);
    return token.kind === "string" ? "" : token.text;
  }

  #one(at: number): [string, number] {
    const token = tokenAt(this.tokens, at);
    if (token.kind === "string") return this.#string(at);
    if (token.kind === "name") return this.#name(at);
    if (token.kind === "operator") this.#bracket(at);
    return [token.text, at + 1];
  }

  #bracket(at: number): void {
    const text = this.#text(at);
    if (text === "(" || text === "[" || text === "{") {
      const before = tokenAt(this.tokens, at - 1);
      const callee = text === "(" && before.kind === "name" ? before.text : "";
      this.#open.push({ bracket: text, callee, marked: false, keys: [] });
    } else if (text === ")" || text === "]" || text === "}") {
      const closed = this.#open.pop();
      if (closed?.bracket === "{" && closed.keys.length > 1) this.mappings.push(closed.keys);
    }
  }

  #string(at: number): [string, number] {
    const { value } = tokenAt(this.tokens, at);
    const open = this.#open.at(-1);
    if (open?.bracket === "{" && this.#text(at + 1) === ":") open.keys.push(value);
    if (this.#text(at + 1) === "%") return this.#percent(at);
    return this.#method(literal(value), at + 1) ?? [literal(value), at + 1];
  }

  /** `'%s' % x`, which the engine lacks. */
  #percent(at: number): [string, number] {
    const start = at + 2;
    const end = this.#operandEnd(start);
    const many = this.#text(start) === "(" && this.#hasComma(start);
    const operand = this.emit(start, end);
    return [`__percent(${literal(tokenAt(this.tokens, at).value)}, ${many}, ${operand})`, end];
  }

  #hasComma(open: number): boolean {
    let depth = 0;
    for (let at = open; at < this.tokens.length; at++) {
      const text = this.#text(at);
      if ("([{".includes(text) && text !== "") depth++;
      else if (")]}".includes(text) && text !== "" && --depth === 0) return false;
      else if (text === "," && depth === 1) return true;
    }
    return false;
  }

  #operandEnd(start: number): number {
    let at = /^[([{]$/.test(this.#text(start)) ? this.#closing(start) + 1 : start + 1;
    for (;;) {
      const text = this.#text(at);
      if (text === "." || text === "|") at += 2;
      else if (text === "(" || text === "[") at = this.#closing(at) + 1;
      else return at;
    }
  }

  #closing(open: number): number {
    let depth = 0;
    for (let at = open; at < this.tokens.length; at++) {
      const text = this.#text(at);
      if (/^[([{]$/.test(text)) depth++;
      else if (/^[)\]}]$/.test(text) && --depth === 0) return at;
    }
    return this.tokens.length;
  }

  #name(at: number): [string, number] {
    const { text } = tokenAt(this.tokens, at);
    const before = this.#text(at - 1);
    if (before === ".") return [text, at + 1];
    if (before === "|" || this.#isTestName(at)) return this.#qualified(at);
    if (KEYWORDS.has(text)) return [text, at + 1];
    const open = this.#open.at(-1);
    if (this.#text(at + 1) === "=" && open?.bracket === "(") return this.#keyword(at);
    if (this.#text(at + 1) === "(" && !this.locals.has(text)) return this.#function(at);
    return this.#path(at);
  }

  #isTestName(at: number): boolean {
    const before = this.#text(at - 1);
    if (before === "is") return this.#text(at) !== "not";
    return before === "not" && this.#text(at - 2) === "is";
  }

  /** A filter's or test's name, without the collection before it: `ansible.builtin.combine`. */
  #qualified(at: number): [string, number] {
    let last = at;
    while (this.#text(last + 1) === "." && tokenAt(this.tokens, last + 2).kind === "name") last += 2;
    return [this.#text(last), last + 1];
  }

  #keyword(at: number): [string, number] {
    const name = this.#text(at);
    const open = this.#open.at(-1);
    // The engine's `default` takes its arguments by position only.
    if (open && DEFAULTS.has(open.callee) && (name === "boolean" || name === "default_value"))
      return ["", at + 2];
    const mark = open && !open.marked && this.vocabulary.own.has(open.callee) ? "__kw=true, " : "";
    if (open) open.marked = true;
    return [`${mark}${name}=`, at + 2];
  }

  #function(at: number): [string, number] {
    const name = this.#text(at);
    if (!this.vocabulary.functions.has(name))
      throw new ConfigError(`unknown function '${name}'${didYouMean(name, this.vocabulary.functions)}`);
    return [name, at + 1];
  }

  #path(at: number): [string, number] {
    const root = this.#text(at);
    const keys: (string | number)[] = [];
    let next = at + 1;
    if (!this.locals.has(root))
      for (let step = this.#step(next); step !== undefined; step = this.#step(next)) {
        keys.push(step.key);
        next = step.next;
      }
    const code = this.locals.has(root) ? root : this.#reference({ root, keys }, at, next);
    return this.#method(code, next) ?? [code, next];
  }

  #step(at: number): { key: string | number; next: number } | undefined {
    const [mark, key, close] = [this.#text(at), tokenAt(this.tokens, at + 1), this.#text(at + 2)];
    if (mark === "." && /^(name|number)$/.test(key.kind) && close !== "(")
      return { key: key.kind === "number" ? Number(key.text) : key.text, next: at + 2 };
    if (mark !== "[") return undefined;
    if (close === "]" && key.kind === "string") return { key: key.value, next: at + 3 };
    if (close === "]" && /^\d+$/.test(key.text)) return { key: Number(key.text), next: at + 3 };
    if (key.text === "-" && this.#text(at + 3) === "]" && /^\d+$/.test(close))
      return { key: -Number(close), next: at + 4 };
    return undefined;
  }

  #reference(path: Path, at: number, next: number): string {
    const index = this.paths.push(path) - 1;
    if (at === 0 && next === this.tokens.length) this.only = path;
    const value = `__v(${index})`;
    if (this.#mayBeUndefined(at, next)) return `(${value} if __h(${index}) else __u)`;
    const joined = this.#text(at - 1) === "~" || this.#text(next) === "~";
    return joined && !ARITHMETIC.has(this.#text(next)) ? `__s(${value})` : value;
  }

  /** Whether `| default` or `is defined` asks about the variable, or it is itself a default. */
  #mayBeUndefined(at: number, next: number): boolean {
    const open = this.#open.at(-1);
    if (open && DEFAULTS.has(open.callee) && /^[(,=]$/.test(this.#text(at - 1)) && /^[),]$/.test(this.#text(next)))
      return true;
    let after = next;
    while (this.#text(after) === ")") after++;
    if (this.#text(after) === "|") {
      const [name] = this.#qualified(after + 1);
      return DEFAULTS.has(name);
    }
    if (this.#text(after) !== "is") return false;
    const test = this.#text(after + 1) === "not" ? after + 2 : after + 1;
    return /^(un)?defined$/.test(this.#text(test));
  }

  /** A method that the engine lacks, or that would lose the order of keys. */
  #method(code: string, at: number): [string, number] | undefined {
    const name = this.#text(at + 1);
    if (this.#text(at) !== "." || this.#text(at + 2) !== "(" || !METHODS.has(name)) return undefined;
    const end = this.#closing(at + 2);
    const args = this.emit(at + 2, end + 1).trim().slice(1, -1).trim();
    return [`__method(${[code, literal(name), ...(args ? [args] : [])].join(", ")})`, end + 1];
  }
}
