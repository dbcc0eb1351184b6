import { ConfigError } from "../../errors.js";
import { evaluate } from "../../template/evaluate.js";
import { OMIT } from "../../template/omit.js";
import { pythonText } from "../../template/python.js";
import type { Scope } from "../../template/scope.js";
import { isMapping, type Mapping, setEntry } from "../../values/mapping.js";
import { copyPositions, positionOf } from "../../values/position.js";
import { type Template, templateOr } from "../../values/template.js";
import { describeValue, parseWith } from "../../values/validate.js";
import type { AnyModule } from "../module/module.js";

/**
 * A module's arguments, evaluated and checked.
 * @param more makes a mapping of further arguments @throws ConfigError(s)
 */
export const checkedArguments = (
  module: AnyModule,
  written: Mapping,
  scope: Scope,
  more?: Template,
): unknown => checked(module, evaluatedArguments(module, written, scope, more));

/** @throws ConfigError for what cannot be evaluated */
export function evaluatedArguments(
  module: AnyModule,
  written: Mapping,
  scope: Scope,
  more?: Template,
): Mapping {
  const { expressions = [] } = module;
  const given: Record<string, unknown> = more === undefined ? {} : further(more, scope);
  for (const [key, value] of Object.entries(written)) {
    const evaluated = expressions.includes(key) ? value : evaluate(value, scope);
    const name = module.namesAreTemplates ? nameNow(key, written, scope) : key;
    if (evaluated !== OMIT && evaluated !== null) setEntry(given, name, evaluated);
  }
  copyPositions(written, given);
  return given;
}

/** A name that stands in the user's file: what a mapping of `more` is made of is never a template. */
const nameNow = (key: string, written: Mapping, scope: Scope): string =>
  pythonText(evaluate(templateOr(key, positionOf(written, key)), scope));

/** Evaluated arguments as the module takes them. @throws ConfigError(s) for those that it does not take */
export const checked = (module: AnyModule, given: Mapping): unknown =>
  parseWith(module.args, canonical(module, given), `module ${module.name}`);

function further(more: Template, scope: Scope): Record<string, unknown> {
  const value = evaluate(more, scope);
  if (isMapping(value)) return { ...value };
  throw new ConfigError(`the arguments must be a mapping, got ${describeValue(value)}`, {
    position: more.position,
  });
}

/** The same arguments under the module's own names. */
function canonical(module: AnyModule, args: Mapping): Mapping {
  const { aliases } = module;
  if (aliases === undefined || !Object.keys(args).some((key) => Object.hasOwn(aliases, key))) return args;
  return Object.fromEntries(
    Object.entries(args).map(([key, value]) => [Object.hasOwn(aliases, key) ? aliases[key] : key, value]),
  );
}
