import { DeadlineError, InterruptedError } from "../../errors.js";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleResult } from "../module/module.js";
import type { Task } from "../task.js";
import { checked, evaluatedArguments } from "./arguments.js";
import type { Attempt } from "./attempt.js";
import { moduleDefaults, numberOf } from "./circumstances.js";
import { withHome } from "./home-paths.js";
import { inOneLine, isTaskError } from "./mistake.js";
import { type Circumstances, moduleContext } from "./module-context.js";

/**
 * The module's own result; its refusal and the end of its time are failures, all else is thrown.
 * @param asynchronous the seconds that `async` gives it
 */
export async function moduleWithin(
  one: Attempt,
  how: Circumstances,
  asynchronous?: number,
): Promise<ModuleResult> {
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
  const { diff, ...result } = await itsOwn(task, async () => {
    const context = moduleContext(how);
    const args = await withHome(task.module, checked(task.module, given), how, context);
    // A module evaluates before it acts: one that needs a fact can begin anew.
    return session.evaluating(() => task.module.run(args as never, context), run.signal);
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
