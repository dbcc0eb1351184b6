import { join } from "node:path";
import { ConfigError, type Position } from "../../errors.js";
import { entryOf, isMapping, type Mapping } from "../../load/mapping.js";
import { positionOf } from "../../load/position.js";
import { describeValue } from "../../load/validate.js";
import { asVariables } from "../../load/vars-file.js";
import { Template } from "../../template/template.js";
import type { Block, Directives, Handler, Role, Step } from "../task.js";
import { directivesOf, mappingOf } from "./directives.js";
import type { Action } from "./parse-task.js";
import { type Collected, type TaskReader, targetOf } from "./reader.js";
import { isFile } from "./sources.js";

/** `import_role`: the role's tasks as if they stood there. @throws ConfigError(s) */
export async function importRole(
  reader: TaskReader,
  written: Mapping,
  action: Action,
  position: Position,
  outer: Directives,
  collected: Collected,
): Promise<Step[]> {
  const target = targetOf(action, "name", position);
  const at = positionOf(written, action.key) ?? position;
  if (target instanceof Template)
    throw new ConfigError("import_role needs a name without expressions: it is read before anything runs", {
      position: at,
      hint: "use include_role",
    });
  const { vars: _, ...rest } = written;
  const inner = withParams(directivesOf(rest, outer), mappingOf(written, "vars"));
  return roleSteps(reader, target, isMapping(action.value) ? action.value : {}, at, inner, collected);
}

const withParams = (directives: Directives, params: Mapping): Directives =>
  Object.keys(params).length === 0 ? directives : { ...directives, params: [...directives.params, params] };

/** An entry of a play's `roles` or of a role's `dependencies`: a name, or a mapping with parameters. @throws ConfigError(s) */
export async function listedRole(
  reader: TaskReader,
  entry: unknown,
  position: Position,
  outer: Directives,
  collected: Collected,
): Promise<Step[]> {
  if (typeof entry === "string") return [await onceRole(reader, entry, {}, position, outer, collected)];
  const name = entryOf(entry, "role") ?? entryOf(entry, "name");
  if (!isMapping(entry) || typeof name !== "string")
    throw new ConfigError(`a role is named by 'role', got ${describeValue(entry)}`, { position });
  const KEYWORDS = [
    "role",
    "name",
    "vars",
    "when",
    "tags",
    "become",
    "become_user",
    "become_method",
    "environment",
    "no_log",
  ];
  const params = Object.fromEntries(Object.entries(entry).filter(([key]) => !KEYWORDS.includes(key)));
  const { vars: _, ...rest } = entry;
  const inner = withParams(withParams(directivesOf(rest, outer), mappingOf(entry, "vars")), params);
  return [
    await onceRole(reader, name, { ...mappingOf(entry, "vars"), ...params }, position, inner, collected),
  ];
}

/** A role that runs once in a file, unless its parameters differ. */
async function onceRole(
  reader: TaskReader,
  name: string,
  params: Mapping,
  position: Position,
  directives: Directives,
  collected: Collected,
): Promise<Block> {
  const block = await roleSteps(reader, name, {}, position, directives, collected);
  const once = `${reader.sources.role(name, directives.directory, position)} ${JSON.stringify(params)}`;
  return { kind: "block", name, position, directives, block, rescue: [], always: [], listen: [], once };
}

/** A role's tasks, those of its dependencies first; its handlers and variables go into `collected`. @throws ConfigError(s) */
export async function roleSteps(
  reader: TaskReader,
  name: string,
  from: Mapping,
  position: Position,
  outer: Directives,
  collected: Collected,
): Promise<Step[]> {
  const { sources } = reader;
  const path = sources.role(name, outer.directory, position);
  if (collected.chain.includes(path)) throw new ConfigError(`role '${name}' depends on itself`, { position });
  const inside: Collected = { ...collected, chain: [...collected.chain, path] };
  const variables = async (kind: string, key: string) => {
    const file = part(path, kind, entryOf(from, key) ?? "main");
    return file === undefined ? {} : asVariables(await sources.yaml(file), sources.shown(file));
  };
  const role: Role = {
    name,
    path,
    defaults: await variables("defaults", "defaults_from"),
    vars: await variables("vars", "vars_from"),
  };
  const directives: Directives = { ...outer, role, directory: join(path, "tasks") };
  collected.roles.push(role);
  const before = await dependencies(reader, path, outer, inside);
  const handlers = part(path, "handlers", entryOf(from, "handlers_from") ?? "main");
  if (handlers !== undefined)
    collected.handlers.push(
      ...((await reader.file(handlers, { ...directives, when: [], tags: [] }, inside)) as Handler[]),
    );
  const tasks = part(path, "tasks", entryOf(from, "tasks_from") ?? "main");
  if (tasks === undefined && entryOf(from, "tasks_from") !== undefined)
    throw new ConfigError(`role '${name}' has no tasks file '${String(entryOf(from, "tasks_from"))}'`, {
      position,
    });
  return [...before, ...(tasks === undefined ? [] : await reader.file(tasks, directives, inside))];
}

async function dependencies(
  reader: TaskReader,
  path: string,
  outer: Directives,
  collected: Collected,
): Promise<Step[]> {
  const file = part(path, "meta", "main");
  if (file === undefined) return [];
  const list = entryOf(await reader.sources.yaml(file), "dependencies") ?? [];
  if (!Array.isArray(list))
    throw new ConfigError(`'dependencies' must be a list, got ${describeValue(list)}`, {
      position: { file: reader.sources.shown(file), line: 1, column: 1 },
    });
  const steps: Step[] = [];
  for (const [index, entry] of list.entries()) {
    const position = positionOf(list, index) ?? { file: reader.sources.shown(file), line: 1, column: 1 };
    steps.push(
      ...(await listedRole(reader, entry, position, { ...outer, directory: join(path, "tasks") }, collected)),
    );
  }
  return steps;
}

/** A file of a role, with or without its ending. */
function part(role: string, kind: string, name: unknown): string | undefined {
  const base = join(role, kind, String(name));
  return [`${base}.yml`, `${base}.yaml`, base].find(isFile);
}
