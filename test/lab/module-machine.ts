import { readFile } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { systemClock } from "../../src/clock.js";
import { ModuleFailure } from "../../src/tasks/module/failure.js";
import type { AnyModule, ModuleContext, ModuleResult } from "../../src/tasks/module/module.js";
import { checkedArguments } from "../../src/tasks/run/arguments.js";
import { Scope } from "../../src/template/scope.js";
import type { Shell } from "../../src/transport/shell.js";

interface Options {
  readonly check?: boolean;
  readonly diff?: boolean;
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Where the controller's relative files are. */
  readonly files?: string;
}

/** Runs a module for real on a machine, as the interpreter does; a ModuleFailure becomes a failed result. */
export async function runModule(
  module: unknown,
  args: Readonly<Record<string, unknown>>,
  shell: Shell,
  options: Options = {},
): Promise<ModuleResult> {
  const scope = new Scope([{ ...(options.vars ?? {}) }]);
  const one = module as AnyModule;
  try {
    return await one.run(checkedArguments(one, args, scope) as never, contextOf(shell, scope, options));
  } catch (error) {
    if (!(error instanceof ModuleFailure)) throw error;
    return { changed: false, failed: true, msg: error.message, ...error.fields };
  }
}

function contextOf(
  shell: Shell,
  scope: Scope,
  { check = false, diff = false, facts = {}, files = "." }: Options,
): ModuleContext {
  const at = (path: string) => (isAbsolute(path) ? path : resolve(files, path));
  return {
    ask: (command, options) => shell.run(command, options),
    act: async (command) => (check ? { code: 0, stdout: "", stderr: "" } : shell.run(command)),
    check,
    diff,
    scope,
    clock: systemClock,
    facts: async () => facts,
    controller: { find: async (_kind, path) => at(path), read: (path) => readFile(at(path)), resolve: at },
  };
}
