import { AccessEmitter, MARK } from "./access-emitter.js";
import { CHANGERS, unchangeable } from "./changes.js";
import { literal } from "./emitter.js";
import { refuseUnknown, refuseUnknownArgument } from "./known-names.js";
import { closingOf, hasOwn, operandEnd, type Step, stepsAt } from "./operands.js";
import { prepare } from "./prepare.js";
import { COMPUTED, type Path, type Rewritten, type Vocabulary } from "./rewritten.js";
import {
  ARITHMETIC,
  DEFAULTS,
  isCall,
  isDefaultArgument,
  isSign,
  isSubscript,
  isTestName,
  KEYWORDS,
  mayBeUndefined,
  qualifiedEnd,
  takesUndefined,
} from "./roles.js";
import { type Backslashes, type Token, tokenAt } from "./tokens.js";
import { KEYWORDS_MARK } from "./values.js";

/** Turns an expression of the user's into the engine's form. @param locals names bound by `{% for %}` and the like */
export function rewrite(
  expression: string,
  vocabulary: Vocabulary,
  locals: ReadonlySet<string> = new Set(),
  paths: Path[] = [],
  backslashes: Backslashes = "escapes",
): Rewritten {
  const { tokens, timely } = prepare(expression, backslashes);
  const rewriter = new Rewriter(tokens, vocabulary, locals, paths);
  const code = rewriter.emit();
  return { code, paths, only: rewriter.only, timely, mappings: rewriter.mappings };
}

class Rewriter extends AccessEmitter {
  only: Path | undefined;

  constructor(
    tokens: readonly Token[],
    private readonly vocabulary: Vocabulary,
    private readonly locals: ReadonlySet<string>,
    private readonly paths: Path[],
  ) {
    super(tokens);
  }

  protected override one(at: number): [string, number] {
    const token = tokenAt(this.tokens, at);
    if (token.kind === "string") return this.#string(at);
    if (token.kind === "name") return this.#name(at);
    if (token.text === "(" && token.kind === "operator" && !isCall(this.tokens, at)) return this.#group(at);
    const container = this.#container(at);
    if (container) return container;
    if (token.kind === "operator") this.bracket(at);
    if (token.text === "-" && isSign(this.tokens, at)) return ["-1 *", at + 1];
    return [token.text, at + 1];
  }

  /** `(...)`, and what is taken from it. */
  #group(at: number): [string, number] {
    const close = closingOf(this.tokens, at);
    const code = `(${this.inside("(", at + 1, close)})`;
    const steps = stepsAt(this.tokens, close + 1);
    const next = steps.at(-1)?.next ?? close + 1;
    const whole = steps.length === 0 ? code : this.taken(code, steps, at, next);
    return this.method(whole, next) ?? [whole, next];
  }

  /** A method of a list or mapping that is written out. */
  #container(at: number): [string, number] | undefined {
    const { kind, text } = tokenAt(this.tokens, at);
    if (kind !== "operator" || (text !== "{" && text !== "[")) return undefined;
    const close = closingOf(this.tokens, at);
    if (isSubscript(this.tokens, at) || !this.isMethod(close + 1)) return undefined;
    this.bracket(at);
    const inside = this.emit(at + 1, close);
    this.bracket(close);
    return this.method(`${text}${inside}${this.text(close)}`, close + 1);
  }

  #string(at: number): [string, number] {
    const { value } = tokenAt(this.tokens, at);
    const open = this.open;
    if (open?.bracket === "{" && this.text(at + 1) === ":") open.keys.push(value);
    if (this.text(at + 1) === "%") return this.#percent(at);
    return this.method(literal(value), at + 1) ?? [literal(value), at + 1];
  }

  /** `'%s' % x`, which the engine lacks. */
  #percent(at: number): [string, number] {
    const start = at + 2;
    const end = operandEnd(this.tokens, start);
    const many = this.text(start) === "(" && hasOwn(this.tokens, start, ",");
    const operand = this.emit(start, end);
    return [`__percent(${literal(tokenAt(this.tokens, at).value)}, ${many}, ${operand})`, end];
  }

  #name(at: number): [string, number] {
    const { text } = tokenAt(this.tokens, at);
    const before = this.text(at - 1);
    if (before === ".") return [text, at + 1];
    if (before === "|" || isTestName(this.tokens, at)) return this.#qualified(at);
    if (KEYWORDS.has(text)) return [text, at + 1];
    const open = this.open;
    if (this.text(at + 1) === "=" && open?.bracket === "(") return this.#keyword(at);
    if (this.text(at + 1) === "(" && !this.locals.has(text)) return this.#function(at);
    return this.#path(at);
  }

  /** A filter's or test's name, without the collection before it: `ansible.builtin.combine`. */
  #qualified(at: number): [string, number] {
    const last = qualifiedEnd(this.tokens, at);
    const name = this.text(last);
    refuseUnknown(this.text(at - 1) === "|" ? "filter" : "test", name, this.vocabulary);
    refuseUnknownArgument(this.tokens, last, this.vocabulary);
    // Our own `default` is called by the engine, which hands none and undefined over alike: undefined is marked first.
    if (this.text(at - 1) !== "|" || !takesUndefined(this.tokens, last)) return [name, last + 1];
    return [`default(${MARK}) | ${DEFAULTS.has(name) ? "__default" : name}`, last + 1];
  }

  #keyword(at: number): [string, number] {
    const name = this.text(at);
    const open = this.open;
    const mark =
      open && !open.marked && this.vocabulary.own.has(open.callee) ? `${KEYWORDS_MARK}=true, ` : "";
    if (open) open.marked = true;
    return [`${mark}${name}=`, at + 2];
  }

  #function(at: number): [string, number] {
    const name = this.text(at);
    refuseUnknown("function", name, this.vocabulary);
    refuseUnknownArgument(this.tokens, at, this.vocabulary);
    return [name, at + 1];
  }

  #path(at: number): [string, number] {
    const root = this.text(at);
    const steps = stepsAt(this.tokens, at + 1);
    const next = steps.at(-1)?.next ?? at + 1;
    // The blocks of a template, which are no value.
    if (root === "self" && this.locals.has(root)) return [root, at + 1];
    if (this.locals.has(root) && steps.length === 0 && this.text(next) === "(") return [root, next];
    const changed = this.#change(root, steps, next);
    if (changed) return changed;
    const variable = this.#reference(root, steps, at, next);
    const code = this.locals.has(root) ? this.#local(root, steps, at, next, variable) : variable;
    return this.method(code, next) ?? [code, next];
  }

  /** A name that the template binds, where it is bound: elsewhere it is the variable of that name. */
  #local(root: string, steps: readonly Step[], at: number, next: number, variable: string): string {
    const own = this.#own(root, steps, at, next);
    return `(${own} if ${root} is defined else ${variable})`;
  }

  #own(root: string, steps: readonly Step[], at: number, next: number): string {
    const [first, ...rest] = steps;
    const kind = this.vocabulary.cells?.get(root);
    if (kind === "value" && !first) return `__of(${root})`;
    if (!first) return root;
    if (kind === "value") return this.taken(`__of(${root})`, steps, at, next);
    if (kind !== "namespace") return this.taken(root, steps, at, next);
    if (rest.length === 0) return `__of(${this.taken(root, steps, at, next)})`;
    return this.taken(`__of(${root}${this.stepCode(first)})`, rest, at, next);
  }

  /** A method that changes what a name of the template's holds. @throws ConfigError where nothing can change */
  #change(root: string, steps: readonly Step[], next: number): [string, number] | undefined {
    const name = this.text(next + 1);
    if (this.text(next) !== "." || this.text(next + 2) !== "(" || !CHANGERS.has(name)) return undefined;
    const kind = this.vocabulary.cells?.get(root);
    if (kind === undefined && this.locals.has(root)) return undefined;
    if (kind === undefined) throw unchangeable(root);
    const inCell = kind === "namespace" ? steps.slice(1) : steps;
    const [part] = kind === "namespace" ? steps : [];
    const keys = inCell.map((step) => this.stepCode(step).slice(1, -1)).join(", ");
    const holder = part ? root + this.stepCode(part) : root;
    const { args, end } = this.given(next + 2);
    return [`__change(${[holder, `[${keys}]`, literal(name), ...args].join(", ")})`, end];
  }

  #reference(root: string, steps: readonly Step[], at: number, next: number): string {
    const computed = steps.flatMap((step) => ("key" in step ? [] : [this.inside("[", step.from, step.to)]));
    const path: Path = { root, keys: steps.map((step) => ("key" in step ? step.key : COMPUTED)) };
    const index = this.paths.push(path) - 1;
    const isAll = at === 0 && next === this.tokens.length;
    if (isAll && computed.length === 0 && !this.locals.has(root)) this.only = path;
    const given = [index, ...computed].join(", ");
    const value = `__v(${given})`;
    if (isDefaultArgument(this.tokens, at, next, this.open?.callee ?? ""))
      return `(${value} if __h(${given}) else ${MARK})`;
    if (mayBeUndefined(this.tokens, next)) return `(${value} if __h(${given}) else __u)`;
    const joined = this.text(at - 1) === "~" || this.text(next) === "~";
    return joined && !ARITHMETIC.has(this.text(next)) ? `__s(${value})` : value;
  }
}
