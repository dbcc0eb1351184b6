import { ConfigError, formatPosition } from "../../errors.js";
import { type Mapping, setEntry } from "../../load/mapping.js";
import { positionOf, setPosition } from "../../load/position.js";
import { evaluate } from "../../template/evaluate.js";
import { pythonText } from "../../template/python.js";
import type { Scope } from "../../template/scope.js";
import { Template } from "../../template/template.js";
import type { ModuleResult } from "../modules/module.js";
import type { Include, Loop, Task, Text } from "../task.js";
import { attempt, registrable } from "./attempt.js";
import { flag, numberOf, runVariables } from "./circumstances.js";
import { itemsOf } from "./loops.js";
import { isTaskError, mistake, NotIncluded } from "./mistake.js";
import { censored, failureMessage, statusOf, withoutTemplates } from "./result.js";
import type { TaskFailure, TaskRun } from "./run.js";
import type { Session } from "./session.js";

/** How a task ended, for what comes after it. */
export interface TaskEnd {
  readonly result: ModuleResult;
  /** Set when it failed and nobody ignores that. */
  readonly failure?: TaskFailure;
}

/** The scope of a task, with what templates may ask about the run. */
export const taskScope = ({ directives }: Pick<Task, "directives">, session: Session, run: TaskRun): Scope =>
  session.scope(directives, runVariables(run, run.check ?? false, run.diff ?? false));

/** Runs one task with all of its items, tells of it, and keeps what it leaves to later ones. */
export async function runTask(task: Task, session: Session, run: TaskRun): Promise<TaskEnd> {
  const scope = taskScope(task, session, run);
  const hidden = await session
    .evaluating(() => flag(task.directives.noLog, scope, task), run.signal)
    .then((noLog) => ({ noLog, error: undefined }))
    .catch((error: unknown) => ({ noLog: false, error }));
  const { noLog } = hidden;
  const end = await told(task, task.module.name, scope, session, run, noLog, async (name) => {
    if (hidden.error !== undefined) throw hidden.error;
    const work = () => wholeResult(task, scope, session, run, noLog ? undefined : name);
    const limited = async () => {
      const atATime = await session.evaluating(
        () => numberOf(task.directives.throttle, scope, "throttle", task),
        run.signal,
      );
      return atATime ? session.world.throttled(task, atATime, work) : work();
    };
    const once = await session.evaluating(() => flag(task.directives.runOnce, scope, task), run.signal);
    return once ? session.world.once(task, limited) : limited();
  });
  keep(task, end.result, session);
  return end;
}

/** The events around a task or include, and the verdict on its result. */
export async function told(
  task: Task | Include,
  module: string,
  scope: Scope,
  session: Session,
  run: TaskRun,
  noLog: boolean,
  work: (name: string) => Promise<ModuleResult>,
): Promise<TaskEnd> {
  const own = await nameNow(task.name, scope, session, run);
  const { role } = task.directives;
  // As with Ansible, which names an include_role by what it includes.
  const isRole = task.kind === "include" && task.what === "include_role";
  const name = role && !isRole ? `${role.name} : ${own}` : own;
  const where = {
    vm: session.vm,
    host: session.name,
    phase: run.phase,
    task: name,
    position: formatPosition(task.position),
  };
  const start = run.clock.now();
  run.emit({ type: "task-started", ...where, module });
  const end = (result: ModuleResult, ignored: boolean) => {
    const durationMs = run.clock.now() - start;
    const shown = noLog ? censored(result) : withoutTemplates(result);
    run.emit({
      type: "task-ended",
      ...where,
      module,
      status: statusOf(result),
      ...(ignored && { ignored }),
      durationMs,
      result: shown,
    });
  };
  const done = await work(name).then(
    (result) => ({ result, mayIgnore: true }),
    (error: unknown) => ({ result: mistakeOr(error, end, task), mayIgnore: !(error instanceof NotIncluded) }),
  );
  const { result } = done;
  const ignored = result.failed === true && done.mayIgnore && (await ignores(task, scope, session, run));
  end(result, ignored);
  if (!result.failed || ignored) return { result };
  const message = noLog ? "failed; no_log hides why" : failureMessage(result);
  return { result, failure: { task: name, message } };
}

/** What says nothing of the task ends it in events, and is thrown. */
function mistakeOr(
  error: unknown,
  end: (result: ModuleResult, ignored: boolean) => void,
  task: Task | Include,
): ModuleResult {
  if (!isTaskError(error)) end({ changed: false, failed: true, msg: (error as Error).message }, false);
  return mistake(error, task);
}

/** `ignore_errors` that cannot be evaluated ignores nothing. */
const ignores = (task: Task | Include, scope: Scope, session: Session, run: TaskRun): Promise<boolean> =>
  session
    .evaluating(() => flag(task.directives.ignoreErrors, scope, task), run.signal)
    .catch((error: unknown) => {
      if (error instanceof ConfigError) return false;
      throw error;
    });

/** A name whose variables are not there yet is shown as written. */
async function nameNow(name: Text, scope: Scope, session: Session, run: TaskRun): Promise<string> {
  try {
    return pythonText(await session.evaluating(() => evaluate(name, scope), run.signal));
  } catch (error) {
    if (error instanceof ConfigError && name instanceof Template) return name.source;
    throw error;
  }
}

/** The result of the task, or of all its items. */
async function wholeResult(
  task: Task,
  scope: Scope,
  session: Session,
  run: TaskRun,
  shownAs: string | undefined,
): Promise<ModuleResult> {
  const { loop } = task;
  if (!loop) return attempt({ task, session, run, scope, shownAs });
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
    const own = await attempt({ task, session, run, scope: inner, shownAs });
    const { label, result } = await labelled(own, item, { task, loop, session, run, scope: inner });
    if (run.tellsItems && shownAs !== undefined) tellItem(result, label, shownAs, session, run);
    results.push(withItem(result, loop, item, label, variables));
    session.learn(task.module.name, result);
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

/** Registers a result, learns its facts, and takes over what it says of hosts and groups. */
function keep(task: Task, result: ModuleResult, session: Session): void {
  if (task.register !== undefined) setEntry(session.registered, task.register, registrable(result));
  const all = (result["results"] as readonly ModuleResult[] | undefined) ?? [];
  session.learn(task.module.name, result);
  for (const each of task.loop ? all : [result]) takeHosts(each, session);
}

function takeHosts(result: ModuleResult, session: Session): void {
  const host = result["add_host"] as
    | { host_name: string; groups?: string[]; host_vars?: Mapping }
    | undefined;
  if (host) session.world.add(host.host_name, host.host_vars ?? {}, host.groups ?? []);
  const group = result["add_group"];
  const parents = (result["parent_groups"] as string[] | undefined) ?? [];
  if (typeof group === "string")
    session.world.add(session.name, {}, [group, ...parents.filter((each) => each !== "all")]);
}
