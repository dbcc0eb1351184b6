import type { Scope } from "../../template/scope.js";
import type { ModuleResult } from "../module/module.js";
import type { Task } from "../task.js";
import { becomeOf, environmentOf, flag, machineOf, numberOf } from "./circumstances.js";
import { jobId } from "./jobs.js";
import type { Circumstances } from "./module-context.js";
import { withLines } from "./result.js";
import type { TaskRun } from "./run.js";
import { moduleWithin } from "./run-module.js";
import type { Session } from "./session.js";
import { untilDone } from "./until.js";
import { allHold, judged } from "./verdict.js";

/** One task, or one item of its loop, about to run. */
export interface Attempt {
  readonly task: Task;
  readonly session: Session;
  readonly run: TaskRun;
  /** With the loop's variables. */
  readonly scope: Scope;
  /** The task's name, for its output's events; undefined when nobody may see it. */
  readonly shownAs: string | undefined;
  /** Where `no_log` depends on the item: asks it for one. */
  readonly hideWith?: (item: Scope) => Promise<void>;
}

const SKIPPED: ModuleResult = { changed: false, skipped: true, skip_reason: "Conditional result was False" };

/**
 * Runs a task once, or till its `until` holds, and judges the result.
 * @throws ConfigError for what cannot be evaluated, ConnectionLostError, InterruptedError
 */
export async function attempt(one: Attempt): Promise<ModuleResult> {
  const { task, session, run, scope } = one;
  const wanted = await session.evaluating(() => allHold(task.directives.when, scope), run.signal);
  if (!wanted) return SKIPPED;
  const asynchronous = await session.evaluating(() => numberOf(task.async, scope, "async", task), run.signal);
  const how = await circumstances(one, asynchronous);
  if (asynchronous && (numberOf(task.poll, scope, "poll", task) ?? 10) === 0 && !how.check)
    return judged(
      one,
      session.jobs.start(() => resultOfJob(one, how, asynchronous)),
    );
  const result = await untilDone(one, how, asynchronous);
  if (!asynchronous) return result;
  return { ...result, ansible_job_id: jobId(), results_file: "", started: 1, finished: 1 };
}

/** A job's failure has nowhere else to go than its result. */
async function resultOfJob(one: Attempt, how: Circumstances, seconds: number): Promise<ModuleResult> {
  const signal = AbortSignal.any([one.session.jobs.signal, ...(how.signal ? [how.signal] : [])]);
  try {
    return withLines(await moduleWithin(one, { ...how, signal, shownAs: undefined }, seconds));
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
