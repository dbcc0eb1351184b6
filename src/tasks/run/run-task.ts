import { ConfigError, formatPosition, InterruptedError, PhaseLimitError } from "../../errors.js";
import { evaluate } from "../../template/evaluate.js";
import { pythonText } from "../../template/python.js";
import type { Scope } from "../../template/scope.js";
import { type Mapping, setEntry } from "../../values/mapping.js";
import { Template } from "../../values/template.js";
import type { ModuleResult } from "../module/module.js";
import type { AsWritten, Include, Task, Text } from "../task.js";
import { attempt } from "./attempt.js";
import { flag, numberOf } from "./circumstances.js";
import { learnFacts } from "./learn-facts.js";
import { runVariables } from "./magic-variables.js";
import { isTaskError, mistake, NotIncluded } from "./mistake.js";
import { censored, failureMessage, statusOf, withoutTemplates } from "./result.js";
import type { TaskFailure, TaskRun } from "./run.js";
import { runLoop } from "./run-loop.js";
import type { Session } from "./session.js";
import { registrable } from "./verdict.js";

/** How a task ended, for what comes after it. */
export interface TaskEnd {
  readonly result: ModuleResult;
  /** Set when it failed and nobody ignores that. */
  readonly failure?: TaskFailure;
  /** What `rescue` may know of it then. */
  readonly known?: AsWritten | undefined;
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
  // It may depend on the item: then all is hidden that comes with one that is.
  const isOfItems = task.loop !== undefined && hidden.error !== undefined;
  let { noLog } = hidden;
  const hideWith = async (item: Scope) => {
    noLog ||= await session.evaluating(() => flag(task.directives.noLog, item, task), run.signal);
  };
  const end = await told(
    task,
    task.module.name,
    scope,
    session,
    run,
    () => noLog,
    async (name) => {
      if (hidden.error !== undefined && !isOfItems) throw hidden.error;
      const shownAs = noLog || isOfItems ? undefined : name;
      const one = { task, session, run, scope, shownAs, ...(isOfItems && { hideWith }) };
      const work = () => (task.loop ? runLoop(one, task.loop) : attempt(one));
      const limited = async () => {
        const atATime = await session.evaluating(
          () => numberOf(task.directives.throttle, scope, "throttle", task),
          run.signal,
        );
        return atATime ? inTime(session.world.throttled(task, atATime, work), run) : work();
      };
      const once = await session.evaluating(() => flag(task.directives.runOnce, scope, task), run.signal);
      return once ? doneOnce(session.world.once(task, limited), run) : limited();
    },
  );
  keep(task, end.result, scope, session);
  return end;
}

/** What other machines have part in ends for this one when its time is over. */
function inTime<T>(shared: Promise<T>, { signal }: TaskRun): Promise<T> {
  if (!signal) return shared;
  return new Promise((resolve, reject) => {
    const stop = () => reject(new InterruptedError("interrupted"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    shared.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/** The one result of `run_once`; where the machine that did the work came to its phase's limit, it is a failure for the others. */
async function doneOnce(shared: Promise<ModuleResult>, run: TaskRun): Promise<ModuleResult> {
  try {
    return await inTime(shared, run);
  } catch (error) {
    if (!(error instanceof InterruptedError) || run.signal?.aborted) throw error;
    return { changed: false, failed: true, msg: `run_once: another machine did it, and ${error.message}` };
  }
}

/** The events around a task or include, and the verdict on its result. */
export async function told(
  task: Task | Include,
  module: string,
  scope: Scope,
  session: Session,
  run: TaskRun,
  isHidden: () => boolean,
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
  const end = (result: ModuleResult, ignored: boolean, interrupted: boolean = false) => {
    const durationMs = run.clock.now() - start;
    const shown = isHidden() ? censored(result) : withoutTemplates(result);
    run.emit({
      type: "task-ended",
      ...where,
      module,
      status: statusOf(result),
      ...(ignored && { ignored }),
      ...(interrupted && { interrupted }),
      durationMs,
      result: shown,
    });
  };
  const done = await work(name).then(
    (result) => ({ result, mayIgnore: true }),
    (thrown: unknown) => {
      const error = overOr(thrown, run);
      return { result: mistakeOr(error, end, task), mayIgnore: !(error instanceof NotIncluded) };
    },
  );
  const { result } = done;
  const ignored = result.failed === true && done.mayIgnore && (await ignores(task, scope, session, run));
  end(result, ignored);
  if (!result.failed || ignored) return { result };
  const message = isHidden() ? "failed; no_log hides why" : failureMessage(result);
  return { result, failure: { task: name, message }, known: knownAs(task, own) };
}

/** As with Ansible: under its name of now, but with a loop as the file has it. */
function knownAs({ asWritten, loop }: Task | Include, name: string): AsWritten | undefined {
  return asWritten && { ...asWritten, name: asWritten.name === "" || loop ? asWritten.name : name };
}

/** What was interrupted because the phase's time is over says so. */
function overOr(error: unknown, { signal }: TaskRun): unknown {
  const reason: unknown = signal?.reason;
  return error instanceof InterruptedError && reason instanceof PhaseLimitError ? reason : error;
}

/** What says nothing of the task ends it in events, and is thrown. */
function mistakeOr(
  error: unknown,
  end: (result: ModuleResult, ignored: boolean, interrupted: boolean) => void,
  task: Task | Include,
): ModuleResult {
  const result = { changed: false, failed: true, msg: (error as Error).message };
  const interrupted = error instanceof InterruptedError && !(error instanceof PhaseLimitError);
  if (!isTaskError(error)) end(result, false, interrupted);
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

/** Registers a result, learns its facts, and takes over what it says of hosts and groups. */
function keep(task: Task, result: ModuleResult, scope: Scope, session: Session): void {
  if (task.register !== undefined) setEntry(session.registered, task.register, registrable(result));
  const all = (result["results"] as readonly ModuleResult[] | undefined) ?? [];
  learnFacts(task, result, scope, session);
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
