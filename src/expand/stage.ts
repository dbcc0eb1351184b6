import { evaluate } from "../template/evaluate.js";
import type { Scope } from "../template/scope.js";
import { isMapping, type Mapping } from "../values/mapping.js";
import { copyPositions } from "../values/position.js";
import { Template } from "../values/template.js";

/** A definition whose expressions see it as `vm`, each one evaluated when it is asked for. */
export interface Stage {
  readonly tree: Mapping;
  readonly scope: Scope;
}

/**
 * A stage over the one before: an expression that replaces a value sees, as `vm`, the values as they were; all others see the result.
 * So `ram: "{{ vm.ram * 2 }}"` doubles what the target says.
 * @param merged `previous` with this stage's own values merged over it
 * @param scope everything but `vm`
 */
export function stage(previous: Mapping, merged: Mapping, scope: Scope): Stage {
  const before = scope.child({ vm: overridden(merged, previous, (_template, was) => was) });
  const tree = overridden(merged, previous, (template) => evaluate(template, before));
  return { tree, scope: scope.child({ vm: tree }) };
}

/** A copy in which each Template that stands where there was a value is what `replace` says, asked when it is read. */
function overridden(
  merged: Mapping,
  previous: Mapping,
  replace: (template: Template, was: unknown) => unknown,
): Mapping {
  const result = {};
  for (const [key, value] of Object.entries(merged)) {
    const was = Object.hasOwn(previous, key) ? previous[key] : undefined;
    const get =
      value instanceof Template && was !== undefined
        ? () => replace(value, was)
        : isMapping(value) && isMapping(was)
          ? constant(overridden(value, was, replace))
          : constant(value);
    Object.defineProperty(result, key, { get, enumerable: true, configurable: true });
  }
  copyPositions(merged, result);
  return result;
}

const constant =
  <T>(value: T) =>
  (): T =>
    value;
