import { ConfigError, ConfigErrors, type FarmError, formatPosition, withHint } from "../../errors.js";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleResult } from "../module/module.js";
import type { Task } from "../task.js";

/** What an include names is not there or cannot be read: no `ignore_errors` helps, as in Ansible. */
export class NotIncluded extends ConfigErrors {}

/** Whether an error is one of the task, which `rescue` may catch. */
export const isTaskError = (error: unknown): error is ConfigError | ConfigErrors | ModuleFailure =>
  error instanceof ConfigError || error instanceof ConfigErrors || error instanceof ModuleFailure;

/** The user's mistake as the failed result of its task. @throws what is none of the task */
export function mistake(error: unknown, task: Pick<Task, "position">): ModuleResult {
  if (!isTaskError(error)) throw error;
  if (error instanceof ModuleFailure)
    return { changed: false, failed: true, msg: error.message, ...error.fields };
  return { changed: false, failed: true, msg: inOneLine(error, task) };
}

/** `file:line:column: what is wrong (what to do)`; the task's place when the mistake has none of its own. */
export function inOneLine(error: FarmError, task: Pick<Task, "position">): string {
  if (error instanceof ConfigErrors) return error.errors.map((each) => inOneLine(each, task)).join("; ");
  return `${formatPosition(error.position ?? task.position)}: ${withHint(error)}`;
}
