import { ConfigError } from "../errors.js";
import { didYouMean } from "../load/nearest.js";
import { closingOf, hasComma, operandEnd, stepAt, textAt } from "./operands.js";
import type { Path, Rewritten, Vocabulary } from "./rewritten.js";
import { type Token, tokenAt, tokenize } from "./tokens.js";
import { UNDEFINED_MARK } from "./values.js";

const KEYWORDS = new Set("and or not in is if else true false none True False None __u".split(" "));
const DEFAULTS = new Set(["default", "d"]);
const METHODS = new Set(["get", "items", "keys", "values", "format", "update", "append", "copy"]);
const ARITHMETIC = new Set(["|", ".", "[", "(", "*", "/", "//", "%", "+", "-", "**"]);

/** A string as the engine's literal. */
const literal = (text: string): string => JSON.stringify(text);
const MARK = literal(UNDEFINED_MARK);

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
    return textAt(this.tokens, index);
  }

  #one(at: number): [string, number] {
    const token = tokenAt(this.tokens, at);
    if (token.kind === "string") return this.#string(at);
    if (token.kind === "name") return this.#name(at);
    if (token.kind === "operator") this.#bracket(at);
    if (token.text === "-" && this.#isSign(at)) return ["-1 *", at + 1];
    return [token.text, at + 1];
  }

  /** The engine cannot negate the numbers that calls give it. */
  #isSign(at: number): boolean {
    const [before, after] = [tokenAt(this.tokens, at - 1), tokenAt(this.tokens, at + 1)];
    const begins = before.kind === "end" || (before.kind === "operator" && !/^[)\]}]$/.test(before.text));
    return (begins || KEYWORDS.has(this.#text(at - 1))) && (after.kind === "name" || after.text === "(");
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
    const end = operandEnd(this.tokens, start);
    const many = this.#text(start) === "(" && hasComma(this.tokens, start);
    const operand = this.emit(start, end);
    return [`__percent(${literal(tokenAt(this.tokens, at).value)}, ${many}, ${operand})`, end];
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
    const name = this.#text(last);
    // Our own `default` is called by the engine, which hands none and undefined over alike: undefined is marked first.
    const code = DEFAULTS.has(name) && this.#text(at - 1) === "|" ? `default(${MARK}) | __default` : name;
    return [code, last + 1];
  }

  #keyword(at: number): [string, number] {
    const name = this.#text(at);
    const open = this.#open.at(-1);
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
      for (let step = stepAt(this.tokens, next); step !== undefined; step = stepAt(this.tokens, next)) {
        keys.push(step.key);
        next = step.next;
      }
    const code = this.locals.has(root) ? root : this.#reference({ root, keys }, at, next);
    return this.#method(code, next) ?? [code, next];
  }

  #reference(path: Path, at: number, next: number): string {
    const index = this.paths.push(path) - 1;
    if (at === 0 && next === this.tokens.length) this.only = path;
    const value = `__v(${index})`;
    if (this.#isDefault(at, next)) return `(${value} if __h(${index}) else ${MARK})`;
    if (this.#mayBeUndefined(next)) return `(${value} if __h(${index}) else __u)`;
    const joined = this.#text(at - 1) === "~" || this.#text(next) === "~";
    return joined && !ARITHMETIC.has(this.#text(next)) ? `__s(${value})` : value;
  }

  /** Whether the variable is itself an argument of `default`, which may turn out not to be needed. */
  #isDefault(at: number, next: number): boolean {
    const callee = this.#open.at(-1)?.callee ?? "";
    return DEFAULTS.has(callee) && /^[(,=]$/.test(this.#text(at - 1)) && /^[),]$/.test(this.#text(next));
  }

  /** Whether `| default` or `is defined` asks about the variable. */
  #mayBeUndefined(next: number): boolean {
    let after = next;
    while (this.#text(after) === ")") after++;
    if (this.#text(after) === "|") {
      const [code] = this.#qualified(after + 1);
      return code.startsWith("default(");
    }
    if (this.#text(after) !== "is") return false;
    const test = this.#text(after + 1) === "not" ? after + 2 : after + 1;
    return /^(un)?defined$/.test(this.#text(test));
  }

  /** A method that the engine lacks, or that would lose the order of keys. */
  #method(code: string, at: number): [string, number] | undefined {
    const name = this.#text(at + 1);
    if (this.#text(at) !== "." || this.#text(at + 2) !== "(" || !METHODS.has(name)) return undefined;
    const end = closingOf(this.tokens, at + 2);
    const args = this.emit(at + 2, end + 1)
      .trim()
      .slice(1, -1)
      .trim();
    return [`__method(${[code, literal(name), ...(args ? [args] : [])].join(", ")})`, end + 1];
  }
}
