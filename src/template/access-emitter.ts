import { Emitter, literal } from "./emitter.js";
import { METHODS } from "./methods.js";
import { closingOf, type Step } from "./operands.js";
import { isDefaultArgument, mayBeUndefined } from "./roles.js";
import { UNDEFINED_MARK } from "./values.js";

export const MARK = literal(UNDEFINED_MARK);

/** Writes what is taken from a value: its items, its attributes, and what its methods give. */
export abstract class AccessEmitter extends Emitter {
  /** What steps take from a value that the engine holds: an error when it is not there, unless that is asked about. */
  protected taken(code: string, steps: readonly Step[], at: number, next: number): string {
    const taken = code + steps.map((step) => this.stepCode(step)).join("");
    if (mayBeUndefined(this.tokens, next)) return taken;
    if (isDefaultArgument(this.tokens, at, next, this.open?.callee ?? ""))
      return `(${taken}|default(${MARK}))`;
    const text = literal(this.source(at, next));
    const isPlain = /^\w+$/.test(code) && steps.every((step) => "key" in step);
    return isPlain
      ? `(${taken} if ${taken} is defined else __missing(${text}))`
      : `(${taken}|default(${MARK})|__need(${text}))`;
  }

  protected stepCode(step: Step): string {
    if (!("key" in step)) return `[${this.inside("[", step.from, step.to)}]`;
    return typeof step.key === "number" ? `[${step.key}]` : `[${literal(step.key)}]`;
  }

  protected isMethod(at: number): boolean {
    return this.text(at) === "." && this.text(at + 2) === "(" && METHODS.has(this.text(at + 1));
  }

  /** A method that the engine lacks, or that would lose the order of keys. */
  protected method(code: string, at: number): [string, number] | undefined {
    if (!this.isMethod(at)) return undefined;
    const name = this.text(at + 1);
    const { args, end } = this.given(at + 2);
    return [`__method(${[code, literal(name), ...args].join(", ")})`, end];
  }

  /** What a call's brackets hold, none or all in one, and where it goes on behind them. @param at of the opening one */
  protected given(at: number): { readonly args: readonly string[]; readonly end: number } {
    const close = closingOf(this.tokens, at);
    const args = this.emit(at, close + 1)
      .trim()
      .slice(1, -1)
      .trim();
    return { args: args === "" ? [] : [args], end: close + 1 };
  }
}
