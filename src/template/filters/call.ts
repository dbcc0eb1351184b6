import { ConfigError, type Position } from "../../errors.js";
import type { Cells } from "../changes.js";
import { isMapping, pythonText } from "../python.js";
import type { Scope } from "../scope.js";
import type { TemplateFile } from "../template-file.js";

/** What filters may ask of the engine that runs them. */
export interface Engine {
  /** Applies another filter by name. */
  filter(name: string, value: unknown, args: readonly unknown[], kwargs: Kwargs): unknown;
  /** Asks a test by name; an `undefined` value is Jinja's undefined. */
  test(name: string, value: unknown, args: readonly unknown[]): boolean;
  readonly position: Position | undefined;
  /** What a template makes and changes. */
  readonly cells: Cells;
  /** Takes notice of what a `{{ }}` of a template with statements comes to. */
  show(value: unknown): void;
  /** A variable by name. */
  variable(name: string): { readonly value: unknown } | undefined;
  variableNames(): Iterable<string>;
  /** What the expression is evaluated in; none where it is evaluated without one. */
  readonly scope: Scope | undefined;
  /** Renders a template of the user's. @param more variables besides those at hand @param settings Jinja's, under its names */
  render(file: TemplateFile, more: Kwargs, settings: Kwargs): string;
}

export type Kwargs = Readonly<Record<string, unknown>>;
export type Filter = (call: Call) => unknown;
export type Filters = Readonly<Record<string, Filter>>;

/** One use of a filter, test or function: `value | name(args, kwargs)`; a function's value is null. */
export class Call {
  constructor(
    readonly name: string,
    readonly value: unknown,
    readonly args: readonly unknown[],
    readonly kwargs: Kwargs,
    readonly engine: Engine,
  ) {}

  /** An argument by position or name. */
  arg(index: number, name: string, fallback: unknown = null): unknown {
    if (index < this.args.length) return this.args[index];
    return Object.hasOwn(this.kwargs, name) ? this.kwargs[name] : fallback;
  }

  text(index: number, name: string, fallback = ""): string {
    const value = this.arg(index, name);
    return value === null ? fallback : pythonText(value);
  }

  number(index: number, name: string, fallback: number): number {
    const value = this.arg(index, name);
    if (value === null) return fallback;
    const number = Number(value);
    if (Number.isNaN(number)) this.fail(`${name} must be a number, got '${pythonText(value)}'`);
    return number;
  }

  /** The value as a list; a mapping is its keys, as in Python. */
  list(value: unknown = this.value): readonly unknown[] {
    if (Array.isArray(value)) return value;
    if (isMapping(value)) return Object.keys(value);
    if (typeof value === "string") return [...value];
    return this.fail(`needs a list, got ${kindOf(value)}`);
  }

  mapping(value: unknown = this.value): Readonly<Record<string, unknown>> {
    return isMapping(value) ? value : this.fail(`needs a mapping, got ${kindOf(value)}`);
  }

  fail(why: string): never {
    throw new ConfigError(`'${this.name}' ${why}`);
  }
}

/** A value's kind in plain words. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (Array.isArray(value)) return "a list";
  if (isMapping(value)) return "a mapping";
  return `'${pythonText(value).slice(0, 40)}'`;
}
