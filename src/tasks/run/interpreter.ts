import { ConfigError, ConfigErrors } from "../../errors.js";
import { setEntry } from "../../load/mapping.js";
import { evaluate, evaluateCondition } from "../../template/evaluate.js";
import { pythonText } from "../../template/python.js";
import type { Scope } from "../../template/scope.js";
import type { ModuleResult } from "../modules/module.js";
import type { Block, Handler, Include, Included, Meta, Step, TaskFile } from "../task.js";
import { registrable } from "./attempt.js";
import { notify, pending } from "./handlers.js";
import { playMatches } from "./hosts.js";
import { itemsOf } from "./loops.js";
import { isTaskError, mistake, NotIncluded } from "./mistake.js";
import { isChosen, type TaskFailure, type TaskRun } from "./run.js";
import { iterations } from "./run-loop.js";
import { runTask, type TaskEnd, taskScope, told } from "./run-task.js";
import type { Session } from "./session.js";

/** What a list of steps came to. `end`: `meta: end_host` and the like; nothing went wrong. */
type Flow =
  | { readonly kind: "on" }
  | { readonly kind: "end"; readonly of: "host" | "play" | "role" }
  | Failed;

interface Failed {
  readonly kind: "failed";
  readonly failure: TaskFailure;
  readonly result: ModuleResult;
}

const ON: Flow = { kind: "on" };

/**
 * Runs a task file, handlers included, up to the first task that fails.
 * @returns what failed, or undefined
 * @throws ConfigError for the user's mistakes that only show now, ConnectionLostError, InterruptedError
 */
export async function runTasks(
  file: TaskFile,
  session: Session,
  run: TaskRun,
): Promise<TaskFailure | undefined> {
  session.begin(file.roles, file.handlers);
  const interpreter = new Interpreter(session, run, file.handlers);
  const flow = await interpreter.file(file);
  if (flow.kind === "failed") return flow.failure;
  // As in Ansible, who ends early leaves what was notified undone.
  if (flow.kind === "end") return undefined;
  const handled = await interpreter.flushHandlers();
  return handled.kind === "failed" ? handled.failure : undefined;
}

class Interpreter {
  /** Whether a handler runs. */
  #handles = false;

  constructor(
    private readonly session: Session,
    private readonly run: TaskRun,
    /** Of `handlers.yaml` beside the file: every play has them. */
    private readonly fileHandlers: readonly Handler[],
  ) {}

  /** What is not behind the machine yet, from one checkpoint to the next. */
  async file({ steps, checkpoints }: TaskFile): Promise<Flow> {
    let { behind = 0 } = this.run;
    for (const checkpoint of checkpoints) {
      if (checkpoint.steps <= behind) continue;
      const flow = await this.steps(steps.slice(behind, checkpoint.steps));
      const handled = flow.kind === "on" ? await this.flushHandlers() : flow;
      if (handled.kind !== "on") return handled;
      await this.run.onCheckpoint?.(checkpoint);
      behind = checkpoint.steps;
    }
    return this.steps(steps.slice(behind));
  }

  async steps(steps: readonly Step[]): Promise<Flow> {
    for (const step of steps) {
      this.run.signal?.throwIfAborted();
      const flow = await this.#step(step);
      if (flow.kind !== "on") return flow;
    }
    return ON;
  }

  #step(step: Step): Promise<Flow> | Flow {
    switch (step.kind) {
      case "block":
        return this.#block(step);
      case "meta":
        return this.#chosen(step) || step.action === "flush_handlers" ? this.#meta(step) : ON;
      case "include":
        return this.#chosen(step) ? this.#include(step) : ON;
      case "task":
        return this.#chosen(step) ? this.#task(step) : ON;
    }
  }

  #chosen({ directives }: Step): boolean {
    return isChosen(directives.tags, this.run.tags ?? { only: [], skip: [] });
  }

  async #task(task: Step & { kind: "task" }): Promise<Flow> {
    const end = await runTask(task, this.session, this.run);
    const { role } = task.directives;
    // A role of which everything was skipped, or only a handler ran, has not run.
    if (role && !end.result.skipped && !this.#handles) this.session.rolesRun.add(role.key);
    if (end.result.changed && !end.failure) await this.#notify(task);
    return flowOf(end);
  }

  async #notify(task: Step & { kind: "task" }): Promise<void> {
    const { session, run } = this;
    const scope = taskScope(task, session, run);
    for (const written of task.directives.notify) {
      const names = await session.evaluating(() => evaluate(written, scope), run.signal);
      for (const name of [names].flat()) notify(pythonText(name), session, task.position);
    }
  }

  async #block(block: Block): Promise<Flow> {
    if (block.hosts !== undefined && !playMatches(block.hosts, this.session)) return ON;
    const { role, play } = block;
    if (role && !role.mayRepeat && this.session.rolesRun.has(role.key)) return ON;
    if (play) this.session.begin(play.roles, [...play.handlers, ...this.fileHandlers], play.name);
    let thrown: unknown;
    let flow: Flow = ON;
    try {
      flow = await this.#rescued(block);
    } catch (error) {
      if (!isTaskError(error)) throw error;
      thrown = error;
    }
    const after = await this.steps(block.always);
    if (thrown !== undefined && after.kind === "on") throw thrown;
    return this.#afterPlay(block, after.kind === "on" ? flow : after);
  }

  /** A play that was ended leaves the next ones to run. */
  #afterPlay({ play }: Block, flow: Flow): Flow {
    if (!play || flow.kind !== "end" || flow.of !== "play") return flow;
    this.session.notified.clear();
    return ON;
  }

  /** The block's tasks, and those of `rescue` when one of them failed. */
  async #rescued(block: Block): Promise<Flow> {
    if (block.rescue.length === 0) return this.steps(block.block);
    try {
      const flow = await this.steps(block.block);
      if (flow.kind !== "failed") return flow;
      this.#remember(flow.failure.task, flow.result);
    } catch (error) {
      if (!isTaskError(error)) throw error;
      this.#remember("", mistake(error, block));
    }
    return this.steps(block.rescue);
  }

  /** What `rescue` may look at. */
  #remember(name: string, result: ModuleResult): void {
    setEntry(this.session.registered, "ansible_failed_task", { name });
    setEntry(this.session.registered, "ansible_failed_result", result);
  }

  async #include(include: Include): Promise<Flow> {
    const { session, run } = this;
    const scope = taskScope(include, session, run);
    const found: { included: Included; variables: Readonly<Record<string, unknown>> }[] = [];
    const end = await told(include, include.what, scope, session, run, false, async () => {
      const wanted = (inner: Scope) =>
        session.evaluating(
          () =>
            include.directives.when.every(({ value, position }) => evaluateCondition(value, inner, position)),
          run.signal,
        );
      const rounds = include.loop
        ? [...iterations(include.loop, await itemsOf(include.loop, scope, session, run.signal))]
        : [{ item: undefined, variables: {} }];
      const results: Record<string, unknown>[] = [];
      for (const { item, variables } of rounds) {
        const inner = scope.child(variables);
        if (!(await wanted(inner))) {
          results.push({ changed: false, skipped: true, skip_reason: "Conditional result was False" });
          continue;
        }
        const name = pythonText(await session.evaluating(() => evaluate(include.target, inner), run.signal));
        found.push({ included: await this.#load(include, name), variables });
        const { loopVar = "item" } = include.loop?.control ?? {};
        const looped = include.loop && { ansible_loop_var: loopVar, [loopVar]: item };
        results.push({ ...(include.what === "include_tasks" && { include: name }), ...looped });
      }
      const [only] = results;
      return { changed: false, ...(include.loop ? { results, msg: "All items completed" } : only) };
    });
    if (include.register !== undefined)
      setEntry(session.registered, include.register, registrable(end.result));
    if (end.failure) return flowOf(end);
    for (const { included, variables } of end.result.failed ? [] : found) {
      session.addHandlers(included.handlers.map((each) => withParams(each, variables)));
      session.see(included.roles);
      const flow = await this.#withVariables(variables, () => this.steps(included.steps));
      if (flow.kind === "end" && flow.of === "role") continue;
      if (flow.kind !== "on") return flow;
    }
    return ON;
  }

  async #load(include: Include, name: string): Promise<Included> {
    try {
      return await include.load(name);
    } catch (error) {
      if (error instanceof ConfigError) throw new NotIncluded([error]);
      throw error instanceof ConfigErrors ? new NotIncluded(error.errors) : error;
    }
  }

  /** A loop's variables are seen by all that is included in its round. */
  async #withVariables(
    variables: Readonly<Record<string, unknown>>,
    work: () => Promise<Flow>,
  ): Promise<Flow> {
    const leave = this.session.enter(variables);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  async #meta(meta: Meta): Promise<Flow> {
    const { session, run } = this;
    const scope = taskScope(meta, session, run);
    const wanted = await session.evaluating(
      () => meta.directives.when.every(({ value, position }) => evaluateCondition(value, scope, position)),
      run.signal,
    );
    if (!wanted) return ON;
    switch (meta.action) {
      case "flush_handlers":
        return this.flushHandlers();
      case "end_host":
        return { kind: "end", of: "host" };
      case "end_play":
        return { kind: "end", of: "play" };
      case "end_role":
        return { kind: "end", of: "role" };
      case "clear_facts":
        session.forgetFacts();
        return ON;
      case "reset_connection":
        await session.machine.connection?.renew(60_000);
        return ON;
      default:
        return ON;
    }
  }

  /** Runs what was notified, in the order of the handlers, till nothing new is notified. */
  async flushHandlers(): Promise<Flow> {
    for (let handler = pending(this.session); handler; handler = pending(this.session)) {
      this.session.notified.delete(handler);
      this.#handles = true;
      const flow = await this.#step(handler);
      this.#handles = false;
      if (flow.kind !== "on") return flow;
    }
    return ON;
  }
}

/** A handler of an include sees the variables of its round. */
function withParams<T extends Step>(step: T, params: Readonly<Record<string, unknown>>): T {
  if (Object.keys(params).length === 0) return step;
  const directives = { ...step.directives, params: [...step.directives.params, params] };
  if (step.kind !== "block") return { ...step, directives };
  const within = (steps: readonly Step[]) => steps.map((each) => withParams(each, params));
  const { block, rescue, always } = step;
  return { ...step, directives, block: within(block), rescue: within(rescue), always: within(always) };
}

const flowOf = ({ result, failure }: TaskEnd): Flow => (failure ? { kind: "failed", failure, result } : ON);
