import type { Attempt, FarmEvent, Outcome } from "../events.js";

export type TaskEnded = Extract<FarmEvent, { type: "task-ended" }>;

/** What did not go well, as Surefire calls it; `rerun…` are attempts after the first that failed too, `flaky…` those before one that passed. */
export interface JunitTrouble {
  readonly element: "failure" | "error" | "rerunFailure" | "rerunError" | "flakyFailure" | "flakyError";
  readonly type: string;
  readonly message: string;
  readonly text: string;
  readonly stdout?: string;
  readonly stderr?: string;
}

export interface JunitCase {
  readonly className: string;
  readonly name: string;
  readonly durationMs: number;
  readonly skipped: boolean;
  readonly verdict: JunitTrouble | undefined;
  readonly again: readonly JunitTrouble[];
  readonly stdout?: string;
  readonly stderr?: string;
}

export interface JunitSuite {
  readonly name: string;
  readonly durationMs: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly cases: readonly JunitCase[];
}

/** One attempt at a VM with the tasks that ran in it; `ended` undefined: it passed. */
export interface VmAttempt {
  readonly tasks: readonly TaskEnded[];
  readonly ended: Attempt | undefined;
}

/** The attempts of a VM, the last one included. @param tasks of each attempt */
export function attemptsOf(outcome: Outcome, tasks: readonly (readonly TaskEnded[])[]): VmAttempt[] {
  const earlier = outcome.kind === "passed" ? [] : (outcome.earlier ?? []);
  const last = outcome.kind === "failed" || outcome.kind === "broken" ? outcome : undefined;
  return [...earlier, last].map((ended, index) => ({ tasks: tasks[index] ?? [], ended }));
}

/** What one VM is in JUnit: a case a task, and one called after the phase for what farm could not do. */
export function junitSuite(outcome: Outcome, attempts: readonly VmAttempt[], durationMs: number): JunitSuite {
  const { vm } = outcome;
  const cases = [...taskCases(attempts), ...brokenCases(vm, attempts)];
  if (cases.length === 0) cases.push(plain(vm, "startup"));
  const properties = {
    ...(outcome.kind === "flaky" && { flaky: "true" }),
    ...(attempts.length > 1 && { attempts: String(attempts.length) }),
  };
  return { name: vm, durationMs, properties, cases };
}

const plain = (className: string, name: string): JunitCase => ({
  className,
  name,
  durationMs: 0,
  skipped: false,
  verdict: undefined,
  again: [],
});

/** A failure of an attempt that broke is told once, as the attempt's error. */
const hasFailed = ({ status, ignored }: TaskEnded, ended: Attempt | undefined): boolean =>
  status === "failed" && !ignored && ended?.kind === "failed";

function taskCases(attempts: readonly VmAttempt[]): JunitCase[] {
  const last = attempts.length - 1;
  const byTask = new Map<string, { runs: { task: TaskEnded; failed: boolean; attempt: number }[] }>();
  const order: string[] = [];
  for (const [attempt, { tasks, ended }] of attempts.entries())
    for (const [key, task] of keyed(tasks)) {
      const known = byTask.get(key);
      const run = { task, failed: hasFailed(task, ended), attempt };
      if (known) known.runs.push(run);
      else {
        byTask.set(key, { runs: [run] });
        order.push(key);
      }
    }
  return order.flatMap((key) => {
    const runs = byTask.get(key)?.runs ?? [];
    const final = runs.at(-1);
    const failures = runs.filter(({ failed }) => failed).map(({ task }) => task);
    // What an earlier attempt did well and the last one did not reach is told by the attempt that replaced it.
    if (!final || (final.attempt !== last && failures.length === 0)) return [];
    return [caseOf(final.task, failures, final.failed)];
  });
}

/** Each task with a name that is the same in every attempt. */
function keyed(tasks: readonly TaskEnded[]): [string, TaskEnded][] {
  const seen = new Map<string, number>();
  return tasks.map((task) => {
    const key = JSON.stringify([task.phase, task.host, task.position, task.task]);
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    return [`${key} ${count}`, task];
  });
}

function caseOf(task: TaskEnded, failures: readonly TaskEnded[], failed: boolean): JunitCase {
  const [first, ...others] = failures;
  return {
    ...plain(`${task.vm}.${task.phase}`, task.task),
    durationMs: task.durationMs,
    skipped: task.status === "skipped",
    verdict: failed && first ? trouble("failure", first) : undefined,
    again: failed
      ? others.map((each) => trouble("rerunFailure", each))
      : failures.map((each) => trouble("flakyFailure", each)),
    ...outputOf(task),
  };
}

function trouble(element: JunitTrouble["element"], task: TaskEnded): JunitTrouble {
  const message = failureText(task.result);
  return { element, type: "failed", message, text: `${message}, at ${task.position}`, ...outputOf(task) };
}

const outputOf = ({ result: { stdout, stderr } }: TaskEnded) => ({
  ...(typeof stdout === "string" && { stdout }),
  ...(typeof stderr === "string" && { stderr }),
});

const failureText = (result: Readonly<Record<string, unknown>>): string =>
  [result["msg"], result["rc"] === undefined ? undefined : `exit status ${String(result["rc"])}`]
    .filter((part) => part !== undefined)
    .join(", ");

/** What farm could not do, in a case called after the phase; whether it got better is told by the phase of the last attempt. */
function brokenCases(vm: string, attempts: readonly VmAttempt[]): JunitCase[] {
  const last = attempts.at(-1)?.ended;
  const broken = attempts.flatMap(({ ended }) => (ended?.kind === "broken" ? [ended] : []));
  const phases = new Set(broken.map(({ phase }) => phase ?? "farm"));
  return [...phases].map((phase) => {
    const all = broken.filter((each) => (each.phase ?? "farm") === phase);
    const [first, ...others] = all;
    const stays = last?.kind === "broken" && (last.phase ?? "farm") === phase;
    return {
      ...plain(vm, phase),
      verdict: stays && first ? brokenTrouble("error", first) : undefined,
      again: stays
        ? others.map((each) => brokenTrouble("rerunError", each))
        : all.map((each) => brokenTrouble("flakyError", each)),
    };
  });
}

function brokenTrouble(element: JunitTrouble["element"], attempt: Attempt): JunitTrouble {
  const interrupted = attempt.kind === "broken" && attempt.interrupted;
  const { message } = attempt;
  return { element, type: interrupted ? "interrupted" : "broken", message, text: message };
}
