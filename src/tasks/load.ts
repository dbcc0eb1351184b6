import { ConfigError, ConfigErrors, type Position } from "../errors.js";
import { isMapping, type Mapping } from "../load/mapping.js";
import { didYouMean } from "../load/nearest.js";
import { positionOf, setPosition } from "../load/position.js";
import { describeValue } from "../load/validate.js";
import { readYamlFile } from "../load/yaml.js";
import { Template } from "../template/template.js";
import { freeFormArgs } from "./free-form.js";
import { isAnsibleKeyword, KEYWORDS } from "./keywords.js";
import type { AnyModule } from "./modules/module.js";
import { findModule, moduleNames } from "./modules/registry.js";
import type { Task, TaskFile, Text } from "./task.js";

/** Reads a task file and checks every task's module, arguments and keywords. @throws ConfigError(s), all of the file's at once. */
export async function loadTaskFile(path: string): Promise<TaskFile> {
  return { path, tasks: parseTasks(await readYamlFile(path), path) };
}

/** The tasks of a parsed file; an empty file has none. @throws ConfigError(s) */
export function parseTasks(value: unknown, file: string): readonly Task[] {
  if (value === null) return [];
  const start: Position = positionOf(value) ?? { file, line: 1, column: 1 };
  if (!Array.isArray(value)) throw new ConfigError("a task file is a list of tasks", { position: start });
  const errors: ConfigError[] = [];
  const tasks = value.flatMap((item, index) => {
    try {
      return [parseTask(item, positionOf(value, index) ?? start)];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      errors.push(error);
      return [];
    }
  });
  const [only] = errors;
  if (only !== undefined) throw errors.length === 1 ? only : new ConfigErrors(errors);
  return tasks;
}

function parseTask(value: unknown, position: Position): Task {
  if (!isMapping(value))
    throw new ConfigError(`a task is a mapping, got ${describeValue(value)}`, { position });
  const { module, key } = moduleOf(value, position);
  const become = keyword(value, "become");
  return {
    name: nameOf(value, key),
    position,
    module,
    args: argumentsOf(module, value, key),
    when: keyword(value, "when") ?? true,
    vars: mappingOf(value, "vars"),
    ...(value.register !== undefined && { register: registerOf(value) }),
    ...(become !== undefined && { become }),
    ...(value.become_user !== undefined && { becomeUser: value.become_user }),
    ...(value.become_method !== undefined && { becomeMethod: value.become_method }),
  };
}

const at = (task: Mapping, key: string) => ({ position: positionOf(task, key) });

function moduleOf(task: Mapping, position: Position): { module: AnyModule; key: string } {
  const keys = Object.keys(task).filter((key) => !(KEYWORDS as readonly string[]).includes(key));
  const found = keys.flatMap((key) => {
    const module = findModule(key);
    return module ? [{ module, key }] : [];
  });
  const stranger = keys.find((key) => findModule(key) === undefined);
  if (stranger !== undefined) throw unknownKey(task, stranger);
  const [first, second] = found;
  if (first === undefined) throw new ConfigError("this task names no module to run", { position });
  if (second !== undefined)
    throw new ConfigError(
      `a task runs one module, this one names ${first.key} and ${second.key}`,
      at(task, second.key),
    );
  return first;
}

function unknownKey(task: Mapping, key: string): ConfigError {
  if (isAnsibleKeyword(key))
    return new ConfigError(`the task keyword '${key}' is not supported yet`, at(task, key));
  const message = `unknown module or keyword '${key}'${didYouMean(key, [...moduleNames(), ...KEYWORDS])}`;
  return new ConfigError(message, { ...at(task, key), hint: `known modules: ${moduleNames().join(", ")}` });
}

const keyword = (task: Mapping, key: string): unknown => (task[key] === null ? undefined : task[key]);

function nameOf(task: Mapping, key: string): Text {
  const { name } = task;
  if (name === undefined || name === null) return defaultName(task, key);
  if (typeof name === "string" || name instanceof Template) return name;
  if (typeof name === "number" || typeof name === "boolean") return String(name);
  throw new ConfigError(`'name' must be a text, got ${describeValue(name)}`, at(task, "name"));
}

/** `shell: make -j2`, cut to a line's length: what a task without a name is called. */
function defaultName(task: Mapping, key: string): Text {
  const value = task[key];
  if (typeof value !== "string") return key;
  const line = value.trim().split("\n", 1)[0] ?? "";
  return `${key}: ${line.length > 50 ? `${line.slice(0, 50)}…` : line}`;
}

function registerOf(task: Mapping): string {
  const { register } = task;
  if (typeof register === "string" && /^[A-Za-z_]\w*$/.test(register)) return register;
  throw new ConfigError(
    `'register' must be the name of a variable, got ${describeValue(register)}`,
    at(task, "register"),
  );
}

function mappingOf(task: Mapping, key: string): Mapping {
  const value = task[key] ?? {};
  if (isMapping(value)) return value;
  throw new ConfigError(`'${key}' must be a mapping, got ${describeValue(value)}`, at(task, key));
}

function argumentsOf(module: AnyModule, task: Mapping, key: string): Mapping {
  const args = writtenArguments(module, task, key);
  const known = Object.keys(module.args.shape);
  for (const name of Object.keys(args))
    if (!known.includes(name))
      throw new ConfigError(`${module.name} has no argument '${name}'${didYouMean(name, known)}`, {
        position: positionOf(args, name) ?? positionOf(task, key),
        hint: `its arguments: ${known.join(", ")}`,
      });
  for (const name of module.expressions ?? [])
    if (args[name] instanceof Template)
      throw new ConfigError(`'${name}' of ${module.name} is an expression already: write it without {{ }}`, {
        position: positionOf(args, name) ?? positionOf(task, key),
      });
  refuseMissing(module, args, positionOf(task, key));
  return args;
}

/** The form of an argument can be judged only when it is no template; that one is missing, at once. */
function refuseMissing(module: AnyModule, args: Mapping, position: Position | undefined): void {
  const missing = module.args.safeParse({}).error?.issues ?? [];
  for (const { path } of missing)
    if (path[0] !== undefined && !(String(path[0]) in args))
      throw new ConfigError(`${module.name} needs '${String(path[0])}'`, { position });
}

function writtenArguments(module: AnyModule, task: Mapping, key: string): Mapping {
  const value = task[key];
  if (isMapping(value)) return value;
  const position = positionOf(task, key);
  if (value === null && module.args.safeParse({}).success) return {};
  if (value === null) throw new ConfigError(`${key} has no arguments`, { position });
  if (Array.isArray(value) || module.freeForm === undefined)
    throw new ConfigError(`${key} takes a mapping of arguments, got ${describeValue(value)}`, { position });
  const args = freeFormArgs(module, value as string | Template | number | boolean);
  for (const name of Object.keys(args)) if (position) setPosition(args, position, name);
  return args;
}
