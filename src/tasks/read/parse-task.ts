import { ConfigError, type Position } from "../../errors.js";
import { isMapping, type Mapping } from "../../values/mapping.js";
import { didYouMean } from "../../values/nearest.js";
import { positionOf } from "../../values/position.js";
import { Template } from "../../values/template.js";
import { describeValue } from "../../values/validate.js";
import type { AnyModule } from "../module/module.js";
import { isElsewhere } from "../modules/elsewhere.js";
import { shortName } from "../modules/registry.js";
import type { AsWritten, Directives, Task, Text } from "../task.js";
import { refuseMissing } from "./check-keywords.js";
import { conditionOf, directivesOf, mayBeSkipped, textsOf } from "./directives.js";
import { IDLE_KEYWORDS, MISSING_KEYWORDS, TASK_KEYWORDS } from "./keywords.js";
import { argumentsOf } from "./parse-arguments.js";
import { loopOf, variableName } from "./parse-loop.js";

/** The modules that a task file may name: farm's and the user's own. */
export interface Modules {
  /** @param written with its collection, if it was written with one */
  find(written: string, directory: string): AnyModule | undefined;
  /** In place of one that farm lacks but Ansible has, in a task that may be skipped; undefined for a name that nobody knows. */
  lacking(written: string, position: Position): AnyModule | undefined;
  /** For "did you mean". */
  names(directory: string): readonly string[];
}

/** Which keyword of a task names what it does, and with what. */
export interface Action {
  readonly key: string;
  /** The module's name without `ansible.builtin.` and the like. */
  readonly name: string;
  /** With `ansible.builtin.` and the like. */
  readonly written: string;
  readonly value: unknown;
  /** It was `local_action`. */
  readonly local: boolean;
}

const isKeyword = (key: string): boolean =>
  TASK_KEYWORDS.includes(key) ||
  key.startsWith("with_") ||
  IDLE_KEYWORDS.has(key) ||
  MISSING_KEYWORDS.has(key);

/** What a task does: its one key that is no keyword, or `action`. @throws ConfigError for none, two, or a keyword that farm lacks */
export function actionOf(task: Mapping, position: Position): Action {
  const at = (key: string) => ({ position: positionOf(task, key) ?? position });
  refuseMissing(task, position);
  const keys = Object.keys(task).filter((key) => !isKeyword(key));
  for (const key of ["action", "local_action"]) if (key in task) keys.push(key);
  const [key, second] = keys;
  if (key === undefined)
    throw new ConfigError("this task names no module to run", { position, hint: "e.g. `shell: make`" });
  if (second !== undefined)
    throw new ConfigError(`a task runs one module, this one names ${keys.join(" and ")}`, at(second));
  if (key !== "action" && key !== "local_action")
    return { key, ...named(key), value: task[key], local: false };
  return { ...indirect(task[key], key, at(key).position), key, local: key === "local_action" };
}

const named = (written: string): Pick<Action, "name" | "written"> => ({ name: shortName(written), written });

type Indirect = Omit<Action, "key" | "local">;

/** `action: copy src=a dest=b`, or a mapping with `module`. */
function indirect(value: unknown, key: string, position: Position): Indirect {
  const found = isMapping(value) ? byMapping(value) : byWords(value);
  if (found) return found;
  throw new ConfigError(`'${key}' must name a module, got ${describeValue(value)}`, { position });
}

function byMapping({ module, ...args }: Mapping): Indirect | undefined {
  return typeof module === "string" ? { ...named(module), value: args } : undefined;
}

function byWords(value: unknown): Indirect | undefined {
  const source = value instanceof Template ? value.source : typeof value === "string" ? value : "";
  const [, name, rest = ""] = /^\s*([\w.]+)\s*([\s\S]*)$/.exec(source) ?? [];
  if (name === undefined) return undefined;
  const given = value instanceof Template ? new Template(rest, value.position) : rest;
  return { ...named(name), value: rest === "" ? null : given };
}

/** Reads one task that runs a module. @throws ConfigError at the mistake's place */
export function parseTask(
  task: Mapping,
  action: Action,
  position: Position,
  outer: Directives,
  modules: Modules,
): Task {
  const loop = loopOf(task, action.name);
  const directives = directivesOf(task, outer);
  const at = positionOf(task, action.key) ?? position;
  const module =
    modules.find(action.written, outer.directory) ??
    (mayBeSkipped(directives, loop) ? modules.lacking(action.written, at) : undefined);
  if (!module) throw unknownModule(action, outer.directory, modules, at);
  const until = conditionOf(task, "until");
  const failedWhen = conditionOf(task, "failed_when");
  const changedWhen = conditionOf(task, "changed_when");
  return {
    kind: "task",
    name: nameOf(task, isHidden(directives) ? { ...action, value: undefined } : action),
    asWritten: asWritten(task, action),
    position,
    directives: action.local ? { ...directives, delegateTo: "localhost" } : directives,
    module,
    ...argumentsOf(module, action.value, task, action.key),
    listen: textsOf(task, "listen"),
    ...(task["register"] !== undefined && { register: variableName(task, "register", "") }),
    ...(loop && { loop }),
    ...(until && { until }),
    ...(failedWhen && { failedWhen }),
    ...(changedWhen && { changedWhen }),
    ...given(task, ["retries", "delay", "async", "poll"]),
  };
}

const given = (task: Mapping, keys: readonly string[]): Mapping =>
  Object.fromEntries(
    keys.flatMap((key) => (task[key] === undefined || task[key] === null ? [] : [[key, task[key]]])),
  );

function unknownModule(
  { key, name, written }: Action,
  directory: string,
  modules: Modules,
  position: Position,
): ConfigError {
  const names = modules.names(directory);
  const what = key === name || key.includes(".") ? key : name;
  const about = isElsewhere(written)
    ? ": a module of Ansible's or of a collection that farm does not have"
    : didYouMean(shortName(what), [...names, ...TASK_KEYWORDS]);
  return new ConfigError(`unknown module or keyword '${what}'${about}`, {
    position,
    hint: "docs/modules.md lists the modules; one of your own goes into library/ beside the task file",
  });
}

/** What a task, block or include is called in events. @throws ConfigError */
export function nameOf(task: Mapping, action?: Action): Text {
  const { name } = task;
  if (name === undefined || name === null) return action ? defaultName(action) : "block";
  if (typeof name === "string" || name instanceof Template) return name;
  if (typeof name === "number" || typeof name === "boolean") return String(name);
  throw new ConfigError(`'name' must be a text, got ${describeValue(name)}`, {
    position: positionOf(task, "name"),
  });
}

/** What is told of it when it fails. */
export function asWritten({ name }: Mapping, { written }: Action): AsWritten {
  return { name: name instanceof Template ? name.source : String(name ?? ""), action: written };
}

/** Whether `no_log` holds or may hold: then the command, which may have the secret in it, is no name. */
const isHidden = ({ noLog }: Directives): boolean =>
  noLog !== undefined &&
  noLog !== null &&
  noLog !== false &&
  !/^(?:no|n|false|f|off|0)$/i.test(String(noLog));

/** `shell: make -j2`, its first line: what a task without a name is called. Never cut: half a secret is not recognised. */
function defaultName({ key, value }: Action): Text {
  if (typeof value !== "string") return key;
  return `${key}: ${value.trim().split("\n", 1)[0] ?? ""}`;
}
