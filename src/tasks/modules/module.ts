import type { z } from "zod";
import type { Clock } from "../../clock.js";
import type { Scope } from "../../template/scope.js";
import type { Command, CommandResult } from "../../transport/shell.js";

/** What a module may do: run commands on the task's machine, as the task's user, and look at variables. */
export interface ModuleContext {
  /** Output goes to the log as it comes; `readOnly` commands may run in a check. */
  run(command: Command): Promise<CommandResult>;
  readonly scope: Scope;
  readonly clock: Clock;
}

/** Ansible's fields of a result; a module adds its own. `stdout_lines` and the like are added by the interpreter. */
export interface ModuleResult extends Readonly<Record<string, unknown>> {
  readonly changed: boolean;
  readonly failed?: boolean;
  readonly skipped?: boolean;
  readonly msg?: unknown;
}

/** One module of the task language: a file of its own here, listed in registry.ts. */
export interface Module<Args> {
  readonly name: string;
  /** Strict: an unknown argument is the user's mistake, found when the file is loaded. */
  readonly args: z.ZodObject & z.ZodType<Args>;
  /** The argument that a plain text gives: `shell: make` is `shell: {cmd: make}`. */
  readonly freeForm?: string;
  /** Arguments that may stand in the plain text as `key=value`, as in `command: make chdir=/src`. */
  readonly inlineArgs?: readonly string[];
  /** Arguments that are bare expressions: taken as the user wrote them, never made by a template. */
  readonly expressions?: readonly string[];
  run(args: Args, context: ModuleContext): Promise<ModuleResult>;
}

export type AnyModule = Module<never>;
