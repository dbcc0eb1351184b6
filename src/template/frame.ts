import { ConfigError, type Position } from "../errors.js";
import { Cells } from "./changes.js";
import { testWord, word } from "./engine-names.js";
import { Call, type Engine, type Kwargs } from "./filters/call.js";
import { FILTERS } from "./filters/index.js";
import { isMapping, truthy } from "./python.js";
import type { Scope } from "./scope.js";
import type { TemplateFile } from "./template-file.js";
import { TESTS } from "./tests.js";
import { KEYWORDS_MARK, KeyOrders, toEngine, UNDEFINED_MARK } from "./values.js";

/** What an evaluation may ask about the paths of the expression that it runs. */
export interface Variables {
  /** @param computed the values of the path's computed keys, in order */
  value(index: number, computed?: readonly unknown[]): unknown;
  has(index: number, computed?: readonly unknown[]): boolean;
  /** A variable by a name that is computed, as `lookup('vars', name)` asks for. */
  named?(name: string): { readonly value: unknown } | undefined;
  names?(): Iterable<string>;
  /** What these variables are evaluated in. */
  readonly scope?: Scope;
  render?(file: TemplateFile, more: Kwargs, settings: Kwargs): string;
  /** Where a path stands in a template's file. */
  placeOf?(index: number): Position | undefined;
  /** Where pieces of a template stand, by the numbers that its code gives them. */
  readonly places?: readonly (Position | undefined)[] | undefined;
  /** The engine's name of a template that another names. @throws when there is none */
  readonly template?: ((names: unknown, place: number, ignoresMissing: boolean) => string) | undefined;
  /** Where a line of a template stands that the engine complains about. */
  readonly lineIn?: ((name: string, line: number) => Position | undefined) | undefined;
  readonly position: Position | undefined;
  /** What to say about the last path that was asked for and is not there. */
  readonly missing?: string | undefined;
  /** Key orders of the mappings that the expression writes out. */
  readonly mappings?: readonly (readonly string[])[] | undefined;
}

/** One evaluation under way. Evaluating a variable may start another; each depth has its own Environment. */
export class Frame implements Engine {
  readonly orders = new KeyOrders();
  readonly cells = new Cells();
  readonly #shown: unknown[] = [];
  failure: { readonly error: unknown } | undefined;

  constructor(
    readonly variables: Variables,
    private readonly runConstant: (code: string, values: readonly unknown[], frame: Frame) => unknown,
  ) {
    for (const keys of variables.mappings ?? []) this.orders.learn(keys);
  }

  show(value: unknown): void {
    if (this.#shown.length < 2) this.#shown.push(value);
  }

  /** The value of the only `{{ }}` that was come to, if it was one. */
  get only(): unknown {
    return this.#shown.length === 1 ? this.#shown[0] : undefined;
  }

  get position(): Position | undefined {
    return this.variables.position;
  }

  variable(name: string): { readonly value: unknown } | undefined {
    return this.variables.named?.(name);
  }

  variableNames(): Iterable<string> {
    return this.variables.names?.() ?? [];
  }

  get scope(): Scope | undefined {
    return this.variables.scope;
  }

  render(file: TemplateFile, more: Kwargs, settings: Kwargs): string {
    return this.variables.render?.(file, more, settings) ?? "";
  }

  /** The innermost place that is known of what the engine does now. */
  place: Position | undefined;

  /** Looks a path up, and remembers where it stands. */
  path<T>(index: number, look: (index: number) => T): T {
    this.place = this.variables.placeOf?.(index) ?? this.place;
    return look(index);
  }

  /** An error thrown through the engine would break it for good, so the first is kept and thrown at the end. */
  guard(action: () => unknown): unknown {
    if (this.failure) return null;
    try {
      return toEngine(action(), this.orders);
    } catch (error) {
      this.failure = { error };
      return null;
    }
  }

  filter(name: string, value: unknown, args: readonly unknown[], kwargs: Kwargs): unknown {
    const plain = name.split(".").at(-1) ?? name;
    const own = FILTERS[plain];
    if (own && Object.hasOwn(FILTERS, plain)) return own(new Call(plain, value, args, kwargs, this));
    const names = Object.keys(kwargs);
    const given = [
      ...args.map((_, index) => `__v(${index + 1})`),
      ...names.map((key, index) => `${word(key)}=__v(${index + 1 + args.length})`),
    ];
    const all = [value, ...args, ...names.map((key) => kwargs[key])];
    return this.runConstant(`__v(0)|${word(plain)}(${given.join(", ")})`, all, this);
  }

  test(name: string, value: unknown, args: readonly unknown[]): boolean {
    const plain = name.split(".").at(-1) ?? name;
    const own = TESTS[plain];
    if (own && Object.hasOwn(TESTS, plain)) return truthy(own(new Call(plain, value, args, {}, this)));
    const subject = value === undefined ? "__u" : "__v(0)";
    const given = args.map((_, index) => `__v(${index + 1})`).join(", ");
    return truthy(
      this.runConstant(`${subject} is ${testWord(plain)}${given && `(${given})`}`, [value, ...args], this),
    );
  }
}

/** Filters with an answer of their own to what is undefined. */
const TAKE_UNDEFINED = new Set(["__default", "mandatory"]);

/** A use of one of our filters, tests or functions, as the engine hands it over. @throws ConfigError for what is undefined */
export function callOf(name: string, given: readonly unknown[], frame: Frame): Call {
  const [value = null, ...args] = given;
  if (!TAKE_UNDEFINED.has(name) && value === UNDEFINED_MARK)
    throw new ConfigError(undefinedMessage(name, args, frame), {
      position: name === "__text" ? frame.variables.places?.[Number(args[1])] : undefined,
    });
  const last = args.at(-1);
  if (!isMapping(last) || !Object.hasOwn(last, KEYWORDS_MARK)) return new Call(name, value, args, {}, frame);
  const { [KEYWORDS_MARK]: _, ...kwargs } = last;
  return new Call(name, value, args.slice(0, -1), kwargs, frame);
}

function undefinedMessage(name: string, [text]: readonly unknown[], frame: Frame): string {
  if (frame.variables.missing !== undefined) return frame.variables.missing;
  return /^__(need|text)$/.test(name)
    ? `'${text}' is undefined`
    : `'${name}' is asked about something undefined`;
}
