import { ConfigError } from "../../errors.js";
import { evaluate } from "../../template/evaluate.js";
import { OMIT } from "../../template/omit.js";
import type { Scope } from "../../template/scope.js";
import { Template } from "../../values/template.js";
import { describeValue } from "../../values/validate.js";
import type { Loop } from "../task.js";
import type { Session } from "./session.js";

/** The items of a loop. @throws ConfigError for what is no list, and what evaluating throws */
export async function itemsOf(
  loop: Loop,
  scope: Scope,
  session: Session,
  signal?: AbortSignal,
): Promise<readonly unknown[]> {
  const value = await session.evaluating(() => evaluate(loop.items, scope), signal);
  if (value === OMIT) return [];
  switch (loop.kind) {
    case "loop":
    case "list":
      if (Array.isArray(value)) return value;
      throw new ConfigError(
        `${loop.kind === "loop" ? "loop" : "with_list"} must be a list, got ${describeValue(value)}`,
        { position: loop.position },
      );
    case "items":
      return listed(value).flat(1);
    case "random_choice": {
      const choices = listed(value);
      return choices.length === 0 ? [] : [choices[Math.floor(Math.random() * choices.length)]];
    }
    default:
      return byLookup(loop, listed(value), scope, session, signal);
  }
}

/** The other loops are the look-ups of their names. */
async function byLookup(
  { kind, position, folder }: Loop,
  terms: readonly unknown[],
  scope: Scope,
  session: Session,
  signal: AbortSignal | undefined,
): Promise<readonly unknown[]> {
  const names = terms.map((_, index) => `farm_term_${index}`);
  const inner = scope.child(Object.fromEntries(terms.map((term, index) => [names[index] ?? "", term])));
  const where = kind === "first_found" ? [`_subdir='${folder}'`] : [];
  const call = new Template(`{{ query(${[`'${kind}'`, ...names, ...where].join(", ")}) }}`, position);
  return listed(await session.evaluating(() => evaluate(call, inner), signal));
}

const listed = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return value;
  return value === null || value === undefined ? [] : [value];
};
