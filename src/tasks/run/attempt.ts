import { ConfigError, DeadlineError, InterruptedError } from "../../errors.js";
import { setEntry } from "../../load/mapping.js";
import { evaluateCondition } from "../../template/evaluate.js";
import type { Scope } from "../../template/scope.js";
import { ModuleFailure } from "../modules/failure.js";
import type { ModuleResult } from "../modules/module.js";
import type { Condition, Task } from "../task.js";
import { checked, evaluatedArguments } from "./arguments.js";
import { becomeOf, environmentOf, flag, machineOf, moduleDefaults, numberOf } from "./circumstances.js";
import { inOneLine, isTaskError } from "./mistake.js";
import { type Circumstances, moduleContext } from "./module-context.js";
import { withLines } from "./result.js";
import type { TaskRun } from "./run.js";
import type { Session } from "./session.js";

/** One task, or one item of its loop, about to run. */
export interface Attempt {
  readonly task: Task;
  readonly session: Session;
  readonly run: TaskRun;
  /** With the loop's variables. */
  readonly scope: Scope;
  /** The task's name, for its output's events; undefined when nobody may see it. */
  readonly shownAs: string | undefined;
}

const SKIPPED: ModuleResult = { changed: false, skipped: true, skip_reason: "Conditional result was False" };

/**
 * Runs a task once, or till its `until` holds, and judges the result.
 * @throws ConfigError for what cannot be evaluated, ConnectionLostError, InterruptedError
 */
export async function attempt(one: Attempt): Promise<ModuleResult> {
  const { task, session, run, scope } = one;
  const wanted = await session.evaluating(() => holds(task.directives.when, scope), run.signal);
  if (!wanted) return SKIPPED;
  const asynchronous = await session.evaluating(() => numberOf(task.async, scope, "async", task), run.signal);
  const how = await circumstances(one, asynchronous);
  if (asynchronous && (numberOf(task.poll, scope, "poll", task) ?? 10) === 0 && !how.check)
    return judged(
      one,
      session.jobs.start(() => resultOfJob(one, how, asynchronous)),
    );
  return repeated(one, how, asynchronous);
}

const holds = (conditions: Task["directives"]["when"], scope: Scope): boolean =>
  conditions.every(({ value, position }) => evaluateCondition(value, scope, position));

/** A job's failure has nowhere else to go than its result. */
async function resultOfJob(one: Attempt, how: Circumstances, seconds: number): Promise<ModuleResult> {
  const signal = AbortSignal.any([one.session.jobs.signal, ...(how.signal ? [how.signal] : [])]);
  try {
    return withLines(await limited(one, { ...how, signal, shownAs: undefined }, seconds));
  } catch (error) {
    return { changed: false, failed: true, msg: (error as Error).message };
  }
}

async function circumstances(one: Attempt, seconds: number | undefined): Promise<Circumstances> {
  const { task, session, run, scope, shownAs } = one;
  const { directives } = task;
  const machine = await session.evaluating(() => machineOf(task, scope, session), run.signal);
  return session.evaluating(
    () => ({
      session,
      machine,
      directives,
      scope,
      become: becomeOf(task, scope, machine),
      environment: environmentOf(task, scope),
      check: flag(directives.checkMode, scope, task, run.check ?? false),
      diff: flag(directives.diff, scope, task, run.diff ?? false),
      run,
      signal: run.signal,
      shownAs:
        seconds === undefined || seconds === 0 || numberOf(task.poll, scope, "poll", task) !== 0
          ? shownAs
          : undefined,
    }),
    run.signal,
  );
}

/** Again and again while `until` does not hold. */
async function repeated(one: Attempt, how: Circumstances, asynchronous?: number): Promise<ModuleResult> {
  const { task, session, run } = one;
  const patience = patienceOf(one);
  for (let attempts = 1; ; attempts++) {
    const raw = withLines(await limited(one, how, asynchronous));
    const result = await session.evaluating(() => judged(one, raw), run.signal);
    if (patience === undefined) return result;
    if (await session.evaluating(() => isDone(one, result), run.signal)) return { ...result, attempts };
    if (attempts >= patience.attempts) return givenUp(result, attempts, task);
    const { vm } = session;
    const { retries, delayMs } = patience;
    const name = one.shownAs ?? task.module.name;
    run.emit({ type: "task-retried", vm, phase: run.phase, task: name, attempt: attempts, retries, delayMs });
    await run.clock.sleep(delayMs, run.signal);
  }
}

interface Patience {
  readonly attempts: number;
  readonly retries: number;
  readonly delayMs: number;
}

/** How often and at which distance; undefined: once. `retries` alone means until the task does not fail. */
function patienceOf({ task, scope }: Attempt): Patience | undefined {
  if (!task.until && task.retries === undefined) return undefined;
  const retries = Math.max(1, numberOf(task.retries, scope, "retries", task) ?? 3);
  const delayMs = (numberOf(task.delay, scope, "delay", task) ?? 5) * 1000;
  return { retries, attempts: task.until ? retries : retries + 1, delayMs };
}

const isDone = (one: Attempt, result: ModuleResult): boolean => {
  const { until } = one.task;
  return until ? evaluateCondition(until.value, withResult(one, result), until.position) : !result.failed;
};

const givenUp = (result: ModuleResult, attempts: number, { until }: Task): ModuleResult => ({
  ...result,
  attempts,
  failed: true,
  ...(until && !result.failed && { msg: `'until' did not hold in ${attempts} attempts` }),
});

/** The module's own result; its refusal and the end of its time are failures, all else is thrown. */
async function limited(one: Attempt, how: Circumstances, asynchronous?: number): Promise<ModuleResult> {
  const { task, scope, run } = one;
  const seconds = asynchronous || numberOf(task.directives.timeout, scope, "timeout", task);
  if (!seconds) return moduleResult(one, how).catch((error: unknown) => failureOf(error, how, task));
  const over = new AbortController();
  const late = new AbortController();
  run.clock.sleep(seconds * 1000, over.signal).then(() => late.abort(), ignore);
  const signal = how.signal ? AbortSignal.any([how.signal, late.signal]) : late.signal;
  try {
    return await moduleResult(one, { ...how, signal });
  } catch (error) {
    if (!late.signal.aborted || how.signal?.aborted) return failureOf(error, how, task);
    const msg = `the task did not end within ${seconds} s, so it was ended`;
    return { changed: false, failed: true, msg, timedout: { period: seconds } };
  } finally {
    over.abort();
  }
}

const ignore = (): void => undefined;

/** What a module threw as a failed result. @throws what says nothing of the task */
function failureOf(error: unknown, how: Circumstances, { module }: Task): ModuleResult {
  if (error instanceof ModuleFailure)
    return { changed: false, failed: true, msg: error.message, ...error.fields };
  if (error instanceof DeadlineError) return { changed: false, failed: true, msg: error.message };
  if (how.signal?.aborted && !(error instanceof InterruptedError))
    throw new InterruptedError(`'${module.name}' on '${how.machine.name}' was interrupted`, { cause: error });
  throw error;
}

async function moduleResult(one: Attempt, how: Circumstances): Promise<ModuleResult> {
  const { task, session, scope, run } = one;
  const given = await session.evaluating(() => {
    const written = { ...moduleDefaults(task), ...task.args };
    return evaluatedArguments(task.module, written, scope, task.moreArgs);
  }, run.signal);
  const { diff, ...result } = await itsOwn(task, () => {
    const args = checked(task.module, given);
    // A module evaluates before it acts: one that needs a fact can begin anew.
    return session.evaluating(() => task.module.run(args as never, moduleContext(how)), run.signal);
  });
  return { ...result, ...(how.diff && diff !== undefined && { diff }) };
}

/** The user's mistake that a module finds is its failure: other items of the loop go on. */
async function itsOwn<T>(task: Task, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isTaskError(error) || error instanceof ModuleFailure) throw error;
    throw new ModuleFailure(inOneLine(error, task));
  }
}

/** `changed_when` and `failed_when` on a result; one that cannot be evaluated is a failure. */
function judged(one: Attempt, result: ModuleResult): ModuleResult {
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

const holdsFor = (one: Attempt, result: ModuleResult, { value, position }: Condition): boolean =>
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
