import { ConfigError } from "../../errors.js";
import { evaluate } from "../../template/evaluate.js";
import { pythonText } from "../../template/python.js";
import type { Scope } from "../../template/scope.js";
import { type Mapping, setEntry } from "../../values/mapping.js";
import { positionOf, setPosition } from "../../values/position.js";
import type { ModuleResult } from "../module/module.js";
import type { Loop, Task } from "../task.js";
import { type Attempt, attempt } from "./attempt.js";
import { numberOf } from "./circumstances.js";
import { learnFacts } from "./learn-facts.js";
import { itemsOf } from "./loops.js";
import { mistake } from "./mistake.js";
import { failureMessage, statusOf } from "./result.js";
import type { TaskRun } from "./run.js";
import type { Session } from "./session.js";
import { registrable } from "./verdict.js";

/** Runs a task for each item of its loop, one after the other. */
export async function runLoop(one: Attempt, loop: Loop): Promise<ModuleResult> {
  const { task, session, run, scope, shownAs } = one;
  const items = await loopItems(task, loop, scope, session, run);
  if (items === undefined)
    return { changed: false, skipped: true, skip_reason: "Conditional result was False" };
  if (items.length === 0)
    return { changed: false, skipped: true, skipped_reason: "No items in the list", results: [] };
  const results: ModuleResult[] = [];
  for (const { variables, item } of iterations(loop, items)) {
    run.signal?.throwIfAborted();
    const inner = scope.child(variables);
    if (results.length > 0) await pauseBetween(task, loop, inner, run);
    await one.hideWith?.(inner);
    const own = await attempt({ ...one, scope: inner });
    const { label, result } = await labelled(own, item, { task, loop, session, run, scope: inner });
    if (run.tellsItems && shownAs !== undefined) tellItem(result, label, shownAs, session, run);
    results.push(withItem(result, loop, item, label, variables));
    learnFacts(task, result, inner, session);
  }
  return summary(results);
}

/** The items; undefined when they cannot be evaluated and the task would be skipped anyway, as Ansible does. */
async function loopItems(task: Task, loop: Loop, scope: Scope, session: Session, run: TaskRun) {
  try {
    return await itemsOf(loop, scope, session, run.signal);
  } catch (error) {
    if (!(error instanceof ConfigError) || task.directives.when.length === 0) throw error;
    const { skipped } = await attempt({
      task: { ...task, module: NOTHING },
      session,
      run,
      scope,
      shownAs: undefined,
    }).catch(() => ({ skipped: false }));
    if (skipped) return undefined;
    throw error;
  }
}

/** Stands in for a task's module where only its `when` is asked for. */
const NOTHING = {
  name: "nothing",
  run: async () => ({ changed: false }),
} as unknown as Task["module"];

/** The variables of each item. */
export function* iterations(
  { control }: Loop,
  items: readonly unknown[],
): Generator<{ item: unknown; variables: Mapping }> {
  const { loopVar, indexVar, extended } = control;
  for (const [index, item] of items.entries()) {
    const variables: Record<string, unknown> = {};
    setEntry(variables, loopVar, item);
    const position = positionOf(items, index);
    if (position) setPosition(variables, position, loopVar);
    setEntry(variables, "ansible_loop_var", loopVar);
    if (indexVar !== undefined) {
      setEntry(variables, indexVar, index);
      setEntry(variables, "ansible_index_var", indexVar);
    }
    if (extended) setEntry(variables, "ansible_loop", extendedLoop(items, index, control.hasAllItems));
    yield { item, variables };
  }
}

const extendedLoop = (items: readonly unknown[], index: number, hasAllItems: boolean): Mapping => ({
  ...(hasAllItems && { allitems: items }),
  index: index + 1,
  index0: index,
  first: index === 0,
  last: index === items.length - 1,
  length: items.length,
  revindex: items.length - index,
  revindex0: items.length - index - 1,
  ...(index > 0 && { previtem: items[index - 1] }),
  ...(index + 1 < items.length && { nextitem: items[index + 1] }),
});

async function pauseBetween(task: Task, loop: Loop, scope: Scope, run: TaskRun): Promise<void> {
  const pause = numberOf(loop.control.pause, scope, "pause", task);
  if (pause) await run.clock.sleep(pause * 1000, run.signal);
}

interface Round {
  readonly task: Task;
  readonly loop: Loop;
  readonly session: Session;
  readonly run: TaskRun;
  readonly scope: Scope;
}

/** What an item is called; a `label` that cannot be evaluated fails it. */
async function labelled(
  result: ModuleResult,
  item: unknown,
  { task, loop, session, run, scope }: Round,
): Promise<{ label: unknown; result: ModuleResult }> {
  const { label } = loop.control;
  if (label === undefined) return { label: item, result };
  try {
    return { label: await session.evaluating(() => evaluate(label, scope), run.signal), result };
  } catch (error) {
    return { label: item, result: { ...result, ...mistake(error, task), changed: result.changed } };
  }
}

function tellItem(result: ModuleResult, label: unknown, task: string, session: Session, run: TaskRun): void {
  const { vm } = session;
  const status = statusOf(result);
  const message = result.failed ? { message: failureMessage(result) } : {};
  run.emit({ type: "item-ended", vm, phase: run.phase, task, item: pythonText(label), status, ...message });
}

function withItem(
  result: ModuleResult,
  loop: Loop,
  item: unknown,
  label: unknown,
  variables: Mapping,
): ModuleResult {
  const { loopVar, indexVar } = loop.control;
  const index =
    indexVar === undefined ? {} : { ansible_index_var: indexVar, [indexVar]: variables[indexVar] };
  const { ansible_loop } = variables;
  const extra: Record<string, unknown> = {
    ansible_loop_var: loopVar,
    ...index,
    ...(ansible_loop !== undefined && { ansible_loop }),
  };
  setEntry(extra, loopVar, item);
  if (result.failed) setEntry(extra, "_ansible_item_label", pythonText(label));
  return { ...registrable(result), ...extra } as ModuleResult;
}

/** Ansible's result of a whole loop. */
function summary(results: readonly ModuleResult[]): ModuleResult {
  const failed = results.some((each) => each.failed);
  const skipped = results.every((each) => each.skipped);
  return {
    results,
    changed: results.some((each) => each.changed),
    msg: failed ? "One or more items failed" : skipped ? "All items skipped" : "All items completed",
    ...(failed && { failed: true }),
    ...(skipped && { skipped: true }),
  };
}
