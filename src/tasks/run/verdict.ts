import { ConfigError } from "../../errors.js";
import { evaluateCondition } from "../../template/evaluate.js";
import type { Scope } from "../../template/scope.js";
import { setEntry } from "../../values/mapping.js";
import type { ModuleResult } from "../module/module.js";
import type { Condition } from "../task.js";
import type { Attempt } from "./attempt.js";
import { inOneLine } from "./mistake.js";

/** Whether all of a `when` holds. */
export const allHold = (conditions: readonly Condition[], scope: Scope): boolean =>
  conditions.every(({ value, position }) => evaluateCondition(value, scope, position));

/** `changed_when` and `failed_when` on a result; one that cannot be evaluated is a failure. */
export function judged(one: Attempt, result: ModuleResult): ModuleResult {
  const { task } = one;
  if (result.skipped) return result;
  let now = result;
  let condition: "changed" | "failed" = "changed";
  try {
    if (task.changedWhen) now = { ...now, changed: holdsFor(one, now, task.changedWhen) };
    condition = "failed";
    if (!task.failedWhen) return now;
    const failed = holdsFor(one, now, task.failedWhen);
    return { ...now, failed, failed_when_result: failed };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const why = inOneLine(error, task);
    return { ...now, failed: true, [`${condition}_when_result`]: why, msg: now.msg || why };
  }
}

/** Whether a condition holds that may ask for the result under the name that it is registered under. */
export const holdsFor = (one: Attempt, result: ModuleResult, { value, position }: Condition): boolean =>
  evaluateCondition(value, withResult(one, result), position);

/** The scope in which the result has the name that it is registered under. */
function withResult({ task, scope }: Attempt, result: ModuleResult): Scope {
  if (task.register === undefined) return scope;
  const layer = {};
  setEntry(layer, task.register, registrable(result));
  return scope.child(layer);
}

/** A result as later tasks see it. */
export const registrable = (result: ModuleResult): ModuleResult => {
  const copy = Object.defineProperties({ failed: false }, Object.getOwnPropertyDescriptors(result));
  return copy as ModuleResult;
};
