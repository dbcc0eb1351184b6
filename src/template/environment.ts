import { Environment } from "minijinja-js";
import { ConfigError } from "../errors.js";
import { linePlace, plainMessage } from "./engine-message.js";
import type { Filter, Filters } from "./filters/call.js";
import { FILTERS } from "./filters/index.js";
import { callOf, Frame, type Variables } from "./frame.js";
import { FUNCTIONS } from "./lookups.js";
import { pythonText, truthy } from "./python.js";
import { TESTS } from "./tests.js";
import { fromEngine, UNDEFINED_MARK } from "./values.js";

const FUEL = 5_000_000;
const MAX_DEPTH = 40;

/** Whether an expression came to nothing that is defined. */
export const UNDEFINED: unique symbol = Symbol("undefined");

function runConstant(code: string, values: readonly unknown[], frame: Frame): unknown {
  const variables: Variables = {
    value: (index) => values[index],
    has: () => true,
    position: frame.position,
    named: (name) => frame.variable(name),
    names: () => frame.variableNames(),
    render: (...given) => frame.render(...given),
    ...(frame.scope && { scope: frame.scope }),
  };
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

/** Renders a template that holds statements; its expressions are in the engine's form. @param others what it may include, by the engine's names */
export const renderCode = (
  code: string,
  others: ReadonlyMap<string, string>,
  variables: Variables,
): Rendered =>
  run(variables, (environment, frame) => {
    environment.clearTemplates();
    for (const [name, other] of others) environment.addTemplate(name, other);
    return { text: environment.renderStr(code, {}), only: frame.only };
  }) as Rendered;

export interface Rendered {
  readonly text: string;
  /** The value of the only `{{ }}` that was come to; undefined for none or several. */
  readonly only: unknown;
}

function run(variables: Variables, action: (environment: Environment, frame: Frame) => unknown): unknown {
  const depth = frames.length;
  if (depth >= MAX_DEPTH) throw new ConfigError("variables refer to each other too deeply");
  const frame = new Frame(variables, runConstant);
  frames.push(frame);
  try {
    environments[depth] ??= newEnvironment(depth);
    const result = action(environments[depth], frame);
    if (frame.failure) throw placed(frame.failure.error, frame);
    return result;
  } catch (error) {
    if (frame.failure) throw placed(frame.failure.error, frame);
    if (error instanceof ConfigError) throw error;
    // After an error of its own the engine may be broken: the next evaluation gets a new one.
    delete environments[depth];
    const position = linePlace(error, frame.variables.lineIn?.bind(frame.variables)) ?? frame.place;
    throw new ConfigError(plainMessage(error), { cause: error, position });
  } finally {
    frames.length = depth;
  }
}

/** A mistake in a template's file is told with the last place there that the engine came to. */
function placed(error: unknown, { place }: Frame): unknown {
  if (!(error instanceof ConfigError) || error.position || !place) return error;
  return new ConfigError(error.message, { position: place, hint: error.hint, cause: error.cause });
}

function newEnvironment(depth: number): Environment {
  const environment = new Environment();
  environment.enablePyCompat();
  environment.undefinedBehavior = "chainable";
  environment.fuel = FUEL;
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
    bind((frame, [index, ...computed]) =>
      frame.path(Number(index), (path) => frame.variables.value(path, computed)),
    ),
  );
  environment.addGlobal(
    "__h",
    bind((frame, [index, ...computed]) =>
      frame.path(Number(index), (path) => frame.variables.has(path, computed)),
    ),
  );
  environment.addGlobal(
    "__template",
    bind((frame, [names, place, ignoresMissing]) =>
      frame.variables.template?.(names, Number(place), truthy(ignoresMissing)),
    ),
  );
  environment.addGlobal(
    "__s",
    bind((_, [value]) => pythonText(value)),
  );
  environment.addGlobal(
    "__missing",
    bind((_, [text]) => {
      throw new ConfigError(`'${text}' is undefined`);
    }),
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
