import type { ModuleResult } from "../module/module.js";
import type { Task } from "../task.js";
import type { Attempt } from "./attempt.js";
import { numberOf } from "./circumstances.js";
import type { Circumstances } from "./module-context.js";
import { withLines } from "./result.js";
import { moduleWithin } from "./run-module.js";
import { holdsFor, judged } from "./verdict.js";

/** Runs the module and judges its result, again and again while `until` does not hold. @param seconds the time that an attempt has */
export async function untilDone(one: Attempt, how: Circumstances, seconds?: number): Promise<ModuleResult> {
  const { task, session, run } = one;
  const patience = patienceOf(one);
  for (let attempts = 1; ; attempts++) {
    const raw = withLines(await moduleWithin(one, how, seconds));
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
  const given = numberOf(task.retries, scope, "retries", task);
  const delayMs = (numberOf(task.delay, scope, "delay", task) ?? 5) * 1000;
  // As Ansible counts: what is given comes on top of the first attempt, what is not given holds it.
  const attempts = given === undefined ? 3 : Math.max(0, given) + 1;
  return { retries: Math.max(1, attempts - 1), attempts, delayMs };
}

const isDone = (one: Attempt, result: ModuleResult): boolean => {
  const { until } = one.task;
  return until ? holdsFor(one, result, until) : !result.failed;
};

const givenUp = (result: ModuleResult, attempts: number, { until }: Task): ModuleResult => ({
  ...result,
  // As Ansible tells it: the first one is not counted.
  attempts: Math.max(1, attempts - 1),
  failed: true,
  ...(until && !result.failed && { msg: `'until' did not hold in ${attempts} attempts` }),
});
