import { join } from "node:path";
import { ConfigError, type Position } from "../../errors.js";
import { asVariables } from "../../load/inventory/vars-file.js";
import { entryOf, isMapping, type Mapping, overlay } from "../../values/mapping.js";
import { positionOf } from "../../values/position.js";
import { Template } from "../../values/template.js";
import { describeValue } from "../../values/validate.js";
import type { Block, Directives, Handler, Role, Step } from "../task.js";
import { directivesOf, mappingOf } from "./directives.js";
import { BLOCK_KEYWORDS, IDLE_KEYWORDS } from "./keywords.js";
import type { Action } from "./parse-task.js";
import { type Collected, type TaskReader, targetOf } from "./reader.js";
import { argumentChecks } from "./role-arguments.js";
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
  const from = isMapping(action.value) ? action.value : {};
  const use = { name: target, from, vars: mappingOf(written, "vars"), position: at, isIncluded: true };
  return [await usedRole(reader, use, directivesOf(written, outer), collected)];
}

const withParams = (directives: Directives, params: Mapping): Directives =>
  Object.keys(params).length === 0 ? directives : { ...directives, params: [...directives.params, params] };

/** Keywords of an entry of `roles`; everything else is a parameter. */
const ENTRY_KEYWORDS = new Set([...BLOCK_KEYWORDS, ...IDLE_KEYWORDS, "role"]);

/** An entry of a play's `roles` or of a role's `dependencies`: a name, or a mapping with parameters. @throws ConfigError(s) */
export async function listedRole(
  reader: TaskReader,
  entry: unknown,
  position: Position,
  outer: Directives,
  collected: Collected,
  parents: readonly Role[] = [],
): Promise<Step> {
  const written = typeof entry === "string" ? { role: entry } : entry;
  const name = entryOf(written, "role") ?? entryOf(written, "name");
  if (!isMapping(written) || typeof name !== "string")
    throw new ConfigError(`a role is named by 'role', got ${describeValue(entry)}`, { position });
  const params = Object.fromEntries(Object.entries(written).filter(([key]) => !ENTRY_KEYWORDS.has(key)));
  const { vars: _, ...rest } = written;
  const inner = withParams(directivesOf(rest, outer), params);
  const key = JSON.stringify([params, written["when"], written["tags"]]);
  const vars = mappingOf(written, "vars");
  return usedRole(reader, { name, from: {}, vars, position, parents, key, params }, inner, collected);
}

/** A role, and how it is used. */
export interface RoleUse {
  readonly name: string;
  /** `tasks_from` and the like. */
  readonly from: Mapping;
  /** The `vars` that it is given. */
  readonly vars: Mapping;
  readonly position: Position;
  /** Whether it is by include_role or import_role. */
  readonly isIncluded?: boolean;
  /** Roles that depend on it. */
  readonly parents?: readonly Role[];
  /** What it is given besides `vars`. */
  readonly params?: Mapping;
  /** What tells its parameters from others'. */
  readonly key?: string;
}

/**
 * A role's tasks as one block, those of its dependencies first; its handlers and variables go into `collected`.
 * @throws ConfigError(s)
 */
export async function usedRole(
  reader: TaskReader,
  use: RoleUse,
  outer: Directives,
  collected: Collected,
): Promise<Block> {
  const { name, from, position } = use;
  const path = reader.sources.role(name, outer.directory, position);
  if (collected.chain.includes(path)) throw new ConfigError(`role '${name}' depends on itself`, { position });
  const inside: Collected = { ...collected, chain: [...collected.chain, path] };
  const self = await roleItself(reader, path, use, outer);
  const needed = await dependencies(reader, self, outer, inside);
  const role = withOthers(self, needed.roles);
  collected.roles.push(role);
  const directives: Directives = { ...outer, role, directory: join(path, "tasks") };
  const handlers = part(path, "handlers", entryOf(from, "handlers_from") ?? "main");
  if (handlers !== undefined)
    collected.handlers.push(
      ...((await reader.file(
        handlers,
        { ...directives, when: [], tags: [], mayBeSkipped: true },
        inside,
      )) as Handler[]),
    );
  const tasks = part(path, "tasks", entryOf(from, "tasks_from") ?? "main");
  if (tasks === undefined && entryOf(from, "tasks_from") !== undefined)
    throw new ConfigError(`role '${name}' has no tasks file '${String(entryOf(from, "tasks_from"))}'`, {
      position,
    });
  const checks = await argumentChecks(reader, role, use, directives, inside);
  const own = tasks === undefined ? [] : await reader.file(tasks, directives, inside);
  const block = [...needed.steps, ...checks, ...own];
  const mayRepeat = use.isIncluded ? entryOf(from, "allow_duplicates") !== false : needed.mayRepeat;
  const empty = { rescue: [], always: [], listen: [] };
  return { kind: "block", name, position, directives, block, ...empty, role: { key: role.key, mayRepeat } };
}

/** `tasks_from` and the like. */
const partsOf = (from: Mapping): unknown => Object.entries(from).filter(([key]) => key.endsWith("_from"));

/** A role without what others give it. */
async function roleItself(reader: TaskReader, path: string, use: RoleUse, outer: Directives): Promise<Role> {
  const { sources } = reader;
  const read = async (kind: string, key: string) => {
    const file = part(path, kind, entryOf(use.from, key) ?? "main");
    return file === undefined ? {} : asVariables(await sources.yaml(file), sources.shown(file));
  };
  const defaults = await read("defaults", "defaults_from");
  const vars = overlay([use.vars, await read("vars", "vars_from")]);
  const around = outer.role ? [...outer.role.parents, outer.role] : [];
  const { parents = around, isIncluded = false } = use;
  const nearest = isIncluded && outer.role ? [outer.role, ...outer.role.includedBy] : [];
  return {
    name: use.name,
    key: JSON.stringify([path, isIncluded, partsOf(use.from), use.vars, use.key ?? ""]),
    path,
    defaults,
    vars,
    own: { defaults, vars },
    parents,
    includedBy: nearest,
  };
}

/** A role with the variables of those that use it and of those that it needs, as Ansible mixes them. */
function withOthers(role: Role, needed: readonly Role[]): Role {
  const { parents, own } = role;
  return {
    ...role,
    defaults: overlay([
      ...needed.map(({ defaults }) => defaults),
      ...parents.map((each) => each.own.defaults),
      own.defaults,
    ]),
    vars: overlay([...parents.map((each) => each.own.vars), ...needed.map(({ vars }) => vars), own.vars]),
  };
}

interface Needed {
  readonly roles: readonly Role[];
  readonly steps: readonly Step[];
  /** `allow_duplicates`. */
  readonly mayRepeat: boolean;
}

async function dependencies(
  reader: TaskReader,
  role: Role,
  outer: Directives,
  collected: Collected,
): Promise<Needed> {
  const file = part(role.path, "meta", "main");
  if (file === undefined) return { roles: [], steps: [], mayRepeat: false };
  const meta = await reader.sources.yaml(file);
  const start: Position = { file: reader.sources.shown(file), line: 1, column: 1 };
  const list = entryOf(meta, "dependencies") ?? [];
  if (!Array.isArray(list))
    throw new ConfigError(`'dependencies' must be a list, got ${describeValue(list)}`, { position: start });
  const steps: Step[] = [];
  const inner = { ...outer, directory: join(role.path, "tasks") };
  const parents = [...role.parents, role];
  const before = collected.roles.length;
  for (const [index, entry] of list.entries())
    steps.push(await listedRole(reader, entry, positionOf(list, index) ?? start, inner, collected, parents));
  const mayRepeat = entryOf(meta, "allow_duplicates") === true;
  return { roles: collected.roles.slice(before), steps, mayRepeat };
}

/** A file of a role, with or without its ending. */
export function part(role: string, kind: string, name: unknown): string | undefined {
  const base = join(role, kind, String(name));
  return [`${base}.yml`, `${base}.yaml`, base].find(isFile);
}
