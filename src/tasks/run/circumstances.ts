import { ConfigError } from "../../errors.js";
import { evaluate, evaluateCondition } from "../../template/evaluate.js";
import { OMIT } from "../../template/omit.js";
import { pythonText } from "../../template/python.js";
import type { Scope } from "../../template/scope.js";
import type { Become } from "../../transport/shell.js";
import { isMapping, type Mapping } from "../../values/mapping.js";
import { describeValue } from "../../values/validate.js";
import type { Task } from "../task.js";
import type { Machine } from "./machine.js";
import type { Session } from "./session.js";

/** A directive that is a yes or no, as written. @param otherwise what nothing means */
export function flag(value: unknown, scope: Scope, task: Pick<Task, "position">, otherwise = false): boolean {
  if (value === undefined) return otherwise;
  return evaluateCondition(value, scope, task.position);
}

/** A directive that is a number. @throws ConfigError */
export function numberOf(
  value: unknown,
  scope: Scope,
  keyword: string,
  task: Pick<Task, "position">,
): number | undefined {
  const evaluated = value === undefined ? undefined : evaluate(value, scope);
  if (evaluated === undefined || evaluated === null || evaluated === OMIT) return undefined;
  const number = typeof evaluated === "string" && evaluated.trim() !== "" ? Number(evaluated) : evaluated;
  if (typeof number === "number" && Number.isFinite(number) && number >= 0) return number;
  throw new ConfigError(`'${keyword}' must be a number, got ${describeValue(evaluated)}`, {
    position: task.position,
  });
}

/** Modules that have no business on a machine: with `delegate_to` only their facts go elsewhere. */
const STAYS_HERE: ReadonlySet<string> = new Set([
  "add_host",
  "assert",
  "debug",
  "fail",
  "group_by",
  "set_fact",
]);

/** The machine that a task runs on: its host's, or the one that `delegate_to` names. */
export async function machineOf(task: Task, scope: Scope, session: Session): Promise<Machine> {
  const { delegateTo } = task.directives;
  if (delegateTo === undefined) return session.machine;
  const name = evaluate(delegateTo, scope);
  if (name === OMIT || name === null || name === "") return session.machine;
  if (name === session.name) return session.machine;
  if (STAYS_HERE.has(task.module.name) && session.world.lists(pythonText(name))) return session.machine;
  try {
    return await session.world.machine(pythonText(name));
  } catch (error) {
    if (!(error instanceof ConfigError) || error.position) throw error;
    throw new ConfigError(error.message, { position: task.position, hint: error.hint, cause: error });
  }
}

/** As whom the task runs; undefined: as whom the connection logged in. @throws ConfigError for an unknown method */
export function becomeOf(task: Task, scope: Scope, machine: Machine): Become | undefined {
  const { become, becomeUser, becomeMethod } = task.directives;
  if (!flag(become, scope, task, machine.becomeByDefault)) return undefined;
  const text = (value: unknown, otherwise: string): string => {
    const evaluated = value === undefined ? OMIT : evaluate(value, scope);
    return evaluated === OMIT || evaluated === null ? otherwise : pythonText(evaluated);
  };
  const method = text(becomeMethod, machine.become.method).replace(
    /^(?:ansible\.builtin|community\.general)\./,
    "",
  );
  if (method !== "sudo" && method !== "su" && method !== "doas")
    throw new ConfigError(`become_method must be sudo, su or doas, got '${method}'`, {
      position: task.position,
    });
  return { ...machine.become, user: text(becomeUser, machine.become.user), method };
}

/** The task's environment variables, inner ones over outer ones. @throws ConfigError */
export function environmentOf(task: Task, scope: Scope): Record<string, string> {
  const all: Record<string, string> = {};
  for (const written of task.directives.environment) {
    const value = evaluate(written, scope);
    if (value === OMIT || value === null || value === "") continue;
    if (!isMapping(value))
      throw new ConfigError(`'environment' must be a mapping, got ${describeValue(value)}`, {
        position: task.position,
      });
    for (const [name, entry] of Object.entries(value)) {
      if (!/^[A-Za-z_]\w*$/.test(name))
        throw new ConfigError(`'${name}' cannot be the name of an environment variable`, {
          position: task.position,
        });
      all[name] = pythonText(entry ?? "");
    }
  }
  return all;
}

/** Arguments that `module_defaults` gives the task's module. */
export function moduleDefaults(task: Task): Mapping {
  const names = [task.module.name, `ansible.builtin.${task.module.name}`];
  const all = task.directives.moduleDefaults.flatMap((each) =>
    names.map((name) => each[name]).filter(isMapping),
  );
  return Object.assign({}, ...all) as Mapping;
}
