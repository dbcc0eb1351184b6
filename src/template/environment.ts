import { Environment } from "minijinja-js";
import { ConfigError, type Position } from "../errors.js";
import { plainMessage } from "./engine-message.js";
import { testWord, word } from "./engine-names.js";
import { Call, type Engine, type Filter, type Filters, type Kwargs } from "./filters/call.js";
import { FILTERS } from "./filters/index.js";
import { FUNCTIONS } from "./lookups.js";
import { isMapping, pythonText, truthy } from "./python.js";
import { TESTS } from "./tests.js";
import { fromEngine, KeyOrders, toEngine, UNDEFINED_MARK } from "./values.js";

const FUEL = 5_000_000;
const MAX_DEPTH = 40;

/** What an evaluation may ask about the paths of the expression that it runs. */
export interface Variables {
  value(index: number): unknown;
  has(index: number): boolean;
  readonly position: Position | undefined;
  /** What to say about the last path that was asked for and is not there. */
  readonly missing?: string | undefined;
  /** Key orders of the mappings that the expression writes out. */
  readonly mappings?: readonly (readonly string[])[];
}

/** Whether an expression came to nothing that is defined. */
export const UNDEFINED: unique symbol = Symbol("undefined");

/** One evaluation under way. Evaluating a variable may start another; each depth has its own Environment. */
class Frame implements Engine {
  readonly orders = new KeyOrders();
  failure: { readonly error: unknown } | undefined;

  constructor(readonly variables: Variables) {
    for (const keys of variables.mappings ?? []) this.orders.learn(keys);
  }

  get position(): Position | undefined {
    return this.variables.position;
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
    return runConstant(`__v(0)|${word(plain)}(${given.join(", ")})`, all, this);
  }

  test(name: string, value: unknown, args: readonly unknown[]): boolean {
    const plain = name.split(".").at(-1) ?? name;
    const own = TESTS[plain];
    if (own && Object.hasOwn(TESTS, plain)) return truthy(own(new Call(plain, value, args, {}, this)));
    const subject = value === undefined ? "__u" : "__v(0)";
    const given = args.map((_, index) => `__v(${index + 1})`).join(", ");
    return truthy(
      runConstant(`${subject} is ${testWord(plain)}${given && `(${given})`}`, [value, ...args], this),
    );
  }
}

function runConstant(code: string, values: readonly unknown[], frame: Frame): unknown {
  const variables = { value: (index: number) => values[index], has: () => true, position: frame.position };
  const result = evaluateCode(code, variables);
  return result === UNDEFINED ? null : result;
}

const environments: Environment[] = [];
const frames: Frame[] = [];

/** Evaluates an expression in the engine's form. */
export function evaluateCode(code: string, variables: Variables): unknown {
  const marked = `(${code})|default(${JSON.stringify(UNDEFINED_MARK)})`;
  return run(variables, (environment, frame) => {
    const result = evaluateMarked(environment, marked, code);
    return isMarked(result) ? UNDEFINED : frame.failure ? null : fromEngine(result, frame.orders);
  });
}

/** A filter of the engine's may have changed the case of the mark, or added to it. */
const isMarked = (result: unknown): boolean =>
  typeof result === "string" && result.toLowerCase().includes(UNDEFINED_MARK);

/** A syntax error is told for what the user wrote, not for the marked form. */
function evaluateMarked(environment: Environment, marked: string, code: string): unknown {
  try {
    return environment.evalExpr(marked, {});
  } catch (error) {
    if (/syntax error/.test(String(error))) environment.evalExpr(code, {});
    throw error;
  }
}

/** Renders a template that holds statements; its expressions are in the engine's form. */
export const renderCode = (code: string, variables: Variables): string =>
  run(variables, (environment) => environment.renderStr(code, {})) as string;

function run(variables: Variables, action: (environment: Environment, frame: Frame) => unknown): unknown {
  const depth = frames.length;
  if (depth >= MAX_DEPTH) throw new ConfigError("variables refer to each other too deeply");
  const frame = new Frame(variables);
  frames.push(frame);
  try {
    environments[depth] ??= newEnvironment(depth);
    const result = action(environments[depth], frame);
    if (frame.failure) throw frame.failure.error;
    return result;
  } catch (error) {
    if (frame.failure) throw frame.failure.error;
    if (error instanceof ConfigError) throw error;
    // After an error of its own the engine may be broken: the next evaluation gets a new one.
    delete environments[depth];
    throw new ConfigError(plainMessage(error), { cause: error });
  } finally {
    frames.length = depth;
  }
}

function newEnvironment(depth: number): Environment {
  const environment = new Environment();
  environment.enablePyCompat();
  environment.undefinedBehavior = "chainable";
  environment.fuel = FUEL;
  environment.trimBlocks = true;
  environment.keepTrailingNewline = true;
  const bind =
    (action: (frame: Frame, args: readonly unknown[]) => unknown) =>
    (...args: unknown[]) => {
      const frame = frames[depth];
      return frame?.guard(() =>
        action(
          frame,
          args.map((arg) => fromEngine(arg, frame.orders)),
        ),
      );
    };
  environment.addGlobal(
    "__v",
    bind((frame, [index]) => frame.variables.value(Number(index))),
  );
  environment.addGlobal(
    "__h",
    bind((frame, [index]) => frame.variables.has(Number(index))),
  );
  environment.addGlobal(
    "__s",
    bind((_, [value]) => (value === null ? "" : pythonText(value))),
  );
  for (const [name, action] of Object.entries(FUNCTIONS))
    environment.addGlobal(
      name,
      bind((frame, args) => action(callOf(name, [null, ...args], frame))),
    );
  addAll(FILTERS, (name, action) =>
    environment.addFilter(
      name,
      bind((frame, args) => action(callOf(name, args, frame))),
    ),
  );
  addAll(TESTS, (name, action) =>
    environment.addTest(
      name,
      bind((frame, args) => truthy(action(callOf(name, args, frame)))),
    ),
  );
  return environment;
}

function addAll(filters: Filters, add: (name: string, action: Filter) => void): void {
  for (const [name, action] of Object.entries(filters)) add(name, action);
}

function callOf(name: string, given: readonly unknown[], frame: Frame): Call {
  const [value = null, ...args] = given;
  if (name !== "__default" && value === UNDEFINED_MARK)
    throw new ConfigError(frame.variables.missing ?? `'${name}' is asked about something undefined`);
  const last = args.at(-1);
  if (!isMapping(last) || !Object.hasOwn(last, "__kw")) return new Call(name, value, args, {}, frame);
  const { __kw: _, ...kwargs } = last;
  return new Call(name, value, args.slice(0, -1), kwargs, frame);
}
