import { ConfigError, ConfigErrors } from "../../errors.js";
import { evaluate } from "../../template/evaluate.js";
import { pythonText } from "../../template/python.js";
import type { Scope } from "../../template/scope.js";
import { type Mapping, setEntry } from "../../values/mapping.js";
import type { ModuleResult } from "../module/module.js";
import type { Include, Included, Step } from "../task.js";
import { itemsOf } from "./loops.js";
import { NotIncluded } from "./mistake.js";
import type { TaskRun } from "./run.js";
import { iterations } from "./run-loop.js";
import { type TaskEnd, taskScope, told } from "./run-task.js";
import type { Session } from "./session.js";
import { allHold, registrable } from "./verdict.js";

/** What an include brings, with the variables of its round of the loop. */
export interface Round {
  readonly included: Included;
  readonly variables: Mapping;
}

/** Reads what an include names, once for each item of its loop, and tells of it; running it is what comes next. */
export async function readIncluded(
  include: Include,
  session: Session,
  run: TaskRun,
): Promise<{ readonly end: TaskEnd; readonly rounds: readonly Round[] }> {
  const scope = taskScope(include, session, run);
  const rounds: Round[] = [];
  const end = await told(
    include,
    include.what,
    scope,
    session,
    run,
    () => false,
    async () => {
      const { loop } = include;
      const variables = loop
        ? [...iterations(loop, await itemsOf(loop, scope, session, run.signal))].map((each) => each.variables)
        : [{}];
      const results: Mapping[] = [];
      for (const each of variables) results.push(await oneRound(include, each, scope, session, run, rounds));
      const [only] = results;
      return { changed: false, ...(loop ? { results, msg: "All items completed" } : only) };
    },
  );
  if (include.register !== undefined) setEntry(session.registered, include.register, registrable(end.result));
  return { end, rounds: end.result.failed ? [] : rounds };
}

const SKIPPED: ModuleResult = { changed: false, skipped: true, skip_reason: "Conditional result was False" };

async function oneRound(
  include: Include,
  variables: Mapping,
  scope: Scope,
  session: Session,
  run: TaskRun,
  rounds: Round[],
): Promise<Mapping> {
  const inner = scope.child(variables);
  const { when } = include.directives;
  if (!(await session.evaluating(() => allHold(when, inner), run.signal))) return SKIPPED;
  const name = pythonText(await session.evaluating(() => evaluate(include.target, inner), run.signal));
  rounds.push({ included: await load(include, name), variables });
  const { loopVar = "item" } = include.loop?.control ?? {};
  const item = include.loop && { ansible_loop_var: loopVar, [loopVar]: variables[loopVar] };
  return { ...(include.what === "include_tasks" && { include: name }), ...item };
}

async function load(include: Include, name: string): Promise<Included> {
  try {
    return await include.load(name);
  } catch (error) {
    if (error instanceof ConfigError) throw new NotIncluded([error]);
    throw error instanceof ConfigErrors ? new NotIncluded(error.errors) : error;
  }
}

/** A handler of an include sees the variables of its round. */
export function withParams<T extends Step>(step: T, params: Mapping): T {
  if (Object.keys(params).length === 0) return step;
  const directives = { ...step.directives, params: [...step.directives.params, params] };
  if (step.kind !== "block") return { ...step, directives };
  const within = (steps: readonly Step[]) => steps.map((each) => withParams(each, params));
  const { block, rescue, always } = step;
  return { ...step, directives, block: within(block), rescue: within(rescue), always: within(always) };
}
