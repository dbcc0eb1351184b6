import { StringDecoder } from "node:string_decoder";
import type { Clock } from "../clock.js";
import { ConfigError, type FarmError, formatPosition } from "../errors.js";
import { positionOf } from "../load/position.js";
import { parseWith } from "../load/validate.js";
import type { Emit, TaskStatus } from "../report/events.js";
import { evaluate, evaluateCondition } from "../template/evaluate.js";
import type { Scope } from "../template/scope.js";
import { Template } from "../template/template.js";
import { becomeCommand } from "../transport/become.js";
import type { Become, Shell } from "../transport/shell.js";
import type { ModuleContext, ModuleResult } from "./modules/module.js";
import type { Task } from "./task.js";

/** A machine that tasks run on, with all that is known about it. */
export interface TaskHost {
  /** For events: the inventory's name of the machine. */
  readonly name: string;
  /** The VM whose life these tasks are part of. */
  readonly vm: string;
  readonly shell: Shell;
  /** The user's variables. */
  readonly scope: Scope;
  /** What tasks registered so far: data, never templated. Lives as long as the guest's session. */
  readonly registered: Record<string, unknown>;
  /** How `become: true` is done here, unless the task says otherwise. */
  readonly become: Become;
  /** Whether tasks that say nothing become another user. */
  readonly becomeByDefault: boolean;
}

export interface TaskRun {
  readonly phase: string;
  readonly emit: Emit;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** The first task that failed. */
export interface TaskFailure {
  readonly task: string;
  readonly message: string;
}

/**
 * Runs tasks in order, up to the first that fails.
 * @returns what failed, or undefined
 * @throws ConfigError for the user's mistakes that only show now, ConnectionLostError, InterruptedError
 */
export async function runTasks(
  tasks: readonly Task[],
  host: TaskHost,
  run: TaskRun,
): Promise<TaskFailure | undefined> {
  for (const task of tasks) {
    run.signal?.throwIfAborted();
    const failure = await runTask(task, host, run);
    if (failure) return failure;
  }
  return undefined;
}

async function runTask(task: Task, host: TaskHost, run: TaskRun): Promise<TaskFailure | undefined> {
  const scope = host.scope.child(host.registered).child(task.vars);
  const name = taskName(task, scope);
  const where = {
    vm: host.vm,
    host: host.name,
    phase: run.phase,
    task: name,
    position: formatPosition(task.position),
  };
  run.emit({ type: "task-started", ...where, module: task.module.name });
  const start = run.clock.now();
  const end = (status: TaskStatus, result: ModuleResult) =>
    run.emit({ type: "task-ended", ...where, status, durationMs: run.clock.now() - start, result });
  try {
    const result = evaluateCondition(task.when, scope, task.position)
      ? await runModule(task, host, scope, run, name)
      : { changed: false, skipped: true, skip_reason: "Conditional result was False" };
    if (task.register !== undefined)
      host.registered[task.register] = { failed: false, skipped: false, ...result };
    end(statusOf(result), result);
    return result.failed ? { task: name, message: failureMessage(result) } : undefined;
  } catch (error) {
    end("failed", { changed: false, failed: true, msg: (error as FarmError).message });
    throw error;
  }
}

/** A name whose variables are not there yet is shown as written. */
function taskName(task: Task, scope: Scope): string {
  try {
    return String(evaluate(task.name, scope));
  } catch (error) {
    if (error instanceof ConfigError && task.name instanceof Template) return task.name.source;
    throw error;
  }
}

async function runModule(
  task: Task,
  host: TaskHost,
  scope: Scope,
  run: TaskRun,
  name: string,
): Promise<ModuleResult> {
  const evaluated = evaluate(task.args, scope);
  const args = parseWith(task.module.args, evaluated, `module ${task.module.name}`);
  const become = becomeOf(task, host, scope);
  const told = (stream: "stdout" | "stderr", text: string) =>
    text !== "" && run.emit({ type: "task-output", vm: host.vm, phase: run.phase, task: name, stream, text });
  const context: ModuleContext = {
    scope,
    clock: run.clock,
    run: (command) => {
      const decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
      return host.shell.run(become ? becomeCommand(command, become) : command, {
        signal: run.signal,
        ...(command.readOnly !== true && {
          onOutput: (stream, chunk) => told(stream, decoders[stream].write(chunk)),
        }),
      });
    },
  };
  const result = await task.module.run(args as never, context);
  return withLines(result);
}

function becomeOf(task: Task, host: TaskHost, scope: Scope): Become | undefined {
  const wanted =
    task.become === undefined ? host.becomeByDefault : evaluateCondition(task.become, scope, task.position);
  if (!wanted) return undefined;
  const user = task.becomeUser === undefined ? host.become.user : String(evaluate(task.becomeUser, scope));
  const method =
    task.becomeMethod === undefined
      ? host.become.method
      : becomeMethod(evaluate(task.becomeMethod, scope), task);
  return { ...host.become, user, method };
}

function becomeMethod(value: unknown, task: Task): Become["method"] {
  if (value === "sudo" || value === "su" || value === "doas") return value;
  throw new ConfigError(`become_method must be sudo, su or doas, got '${String(value)}'`, {
    position: positionOf(task.args) ?? task.position,
  });
}

/** Ansible's `stdout_lines` and `stderr_lines`. */
function withLines(result: ModuleResult): ModuleResult {
  const lines: Record<string, unknown> = {};
  for (const key of ["stdout", "stderr"] as const) {
    const text = result[key];
    if (typeof text === "string") lines[`${key}_lines`] = text === "" ? [] : text.split(/\r?\n/);
  }
  return { ...result, ...lines };
}

function statusOf(result: ModuleResult): TaskStatus {
  if (result.failed) return "failed";
  if (result.skipped) return "skipped";
  return result.changed ? "changed" : "ok";
}

function failureMessage(result: ModuleResult): string {
  const message = typeof result.msg === "string" ? result.msg : "failed";
  return typeof result.rc === "number" && result.rc !== 0 ? `${message}: ${result.rc}` : message;
}
