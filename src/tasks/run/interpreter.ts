import { evaluate } from "../../template/evaluate.js";
import { pythonText } from "../../template/python.js";
import { setEntry } from "../../values/mapping.js";
import type { ModuleResult } from "../module/module.js";
import type { AsWritten, Block, Handler, Include, Play, Step, Task, TaskFile, Text } from "../task.js";
import { flag } from "./circumstances.js";
import { type Flow, flowAfter, ON } from "./flow.js";
import { notifyHandlers, pending } from "./handlers.js";
import { playMatches } from "./hosts.js";
import { isTaskError, mistake } from "./mistake.js";
import { isChosen, type TaskFailure, type TaskRun } from "./run.js";
import { type Round, readIncluded, withParams } from "./run-include.js";
import { runMeta } from "./run-meta.js";
import { runTask, taskScope } from "./run-task.js";
import type { Session } from "./session.js";

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
  session.play.begin(file.roles, file.handlers);
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
        return this.#chosen(step) || step.action === "flush_handlers"
          ? runMeta(step, this.session, this.run, () => this.flushHandlers())
          : ON;
      case "include":
        return this.#chosen(step) ? this.#include(step) : ON;
      case "task":
        return this.#chosen(step) ? this.#task(step) : ON;
    }
  }

  #chosen({ directives }: Step): boolean {
    return isChosen(directives.tags, this.run.tags ?? { only: [], skip: [] });
  }

  async #task(task: Task): Promise<Flow> {
    const { session, run } = this;
    const end = await runTask(task, session, run);
    const { role } = task.directives;
    // A role of which everything was skipped, or only a handler ran, has not run.
    if (role && !end.result.skipped && !this.#handles) session.play.rolesRun.add(role.key);
    if (end.result.changed && !end.failure)
      await notifyHandlers(task, taskScope(task, session, run), session, run);
    return flowAfter(end);
  }

  async #block(block: Block): Promise<Flow> {
    const { role, play, hosts } = block;
    const { session } = this;
    if (hosts !== undefined && !(await this.#names(hosts, block))) return ON;
    if (role && !role.mayRepeat && session.play.rolesRun.has(role.key)) return ON;
    if (play) session.play.begin(play.roles, [...play.handlers, ...this.fileHandlers], play.name);
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
    const all = after.kind === "on" ? flow : after;
    return play ? this.#afterPlay(play, block, all) : all;
  }

  /** Whether a play's `hosts` name this machine. */
  async #names(hosts: Text, { directives }: Block): Promise<boolean> {
    const { session, run } = this;
    const evaluated = await session.evaluating(() => evaluate(hosts, session.scope(directives)), run.signal);
    return playMatches([evaluated].flat().map(pythonText).join(","), session);
  }

  /** A play that was ended leaves the next ones to run; one that failed runs its handlers when it says so. */
  async #afterPlay({ forceHandlers }: Play, block: Block, flow: Flow): Promise<Flow> {
    const { session, run } = this;
    if (flow.kind === "failed") {
      const scope = session.scope(block.directives);
      const forced = await session.evaluating(() => flag(forceHandlers, scope, block), run.signal);
      if (forced) await this.flushHandlers();
      return flow;
    }
    if (flow.kind !== "end" || flow.of !== "play") return flow;
    session.play.notified.clear();
    return ON;
  }

  /** The block's tasks, and those of `rescue` when one of them failed. */
  async #rescued(block: Block): Promise<Flow> {
    if (block.rescue.length === 0) return this.steps(block.block);
    try {
      const flow = await this.steps(block.block);
      if (flow.kind !== "failed") return flow;
      this.#remember(flow.known, flow.result);
    } catch (error) {
      if (!isTaskError(error)) throw error;
      this.#remember(undefined, mistake(error, block));
    }
    return this.steps(block.rescue);
  }

  /** What `rescue` may look at. */
  #remember(task: AsWritten | undefined, result: ModuleResult): void {
    setEntry(this.session.registered, "ansible_failed_task", { ...(task ?? { name: "", action: "" }) });
    setEntry(this.session.registered, "ansible_failed_result", result);
  }

  async #include(include: Include): Promise<Flow> {
    const { end, rounds } = await readIncluded(include, this.session, this.run);
    if (end.failure) return flowAfter(end);
    for (const round of rounds) {
      const flow = await this.#round(round);
      if (flow.kind === "end" && flow.of === "role") continue;
      if (flow.kind !== "on") return flow;
    }
    return ON;
  }

  /** A loop's variables are seen by all that is included in its round. */
  async #round({ included, variables }: Round): Promise<Flow> {
    const { session } = this;
    session.play.addHandlers(included.handlers.map((each) => withParams(each, variables)));
    session.play.see(included.roles);
    const leave = session.enter(variables);
    try {
      return await this.steps(included.steps);
    } finally {
      leave();
    }
  }

  /** Runs what was notified, in the order of the handlers, till nothing new is notified. */
  async flushHandlers(): Promise<Flow> {
    for (let handler = pending(this.session); handler; handler = pending(this.session)) {
      this.session.play.notified.delete(handler);
      this.#handles = true;
      const flow = await this.#step(handler);
      this.#handles = false;
      if (flow.kind !== "on") return flow;
    }
    return ON;
  }
}
