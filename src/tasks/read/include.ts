import { ConfigError, type Position } from "../../errors.js";
import { Inputs, noteAgain, recordingInputs } from "../../inputs.js";
import { entryOf, isMapping, type Mapping } from "../../values/mapping.js";
import { positionOf } from "../../values/position.js";
import { Template } from "../../values/template.js";
import type { Directives, Include, Included, Text } from "../task.js";
import { directivesOf, mappingOf, mayBeSkipped } from "./directives.js";
import { loopOf, variableName } from "./parse-loop.js";
import { type Action, asWritten, nameOf } from "./parse-task.js";
import { type Collected, type TaskReader, targetOf } from "./reader.js";
import { usedRole } from "./roles.js";

/**
 * `include_tasks` or `include_role`: read when it runs, but a name without expressions already now, so that its mistakes are
 * found before anything runs.
 * @throws ConfigError(s)
 */
export async function includeOf(
  reader: TaskReader,
  written: Mapping,
  action: Action,
  position: Position,
  outer: Directives,
): Promise<Include> {
  const isRole = action.name === "include_role";
  const target = targetOf(action, isRole ? "name" : "file", position);
  const at = positionOf(written, action.key) ?? position;
  const loop = loopOf(written);
  const inner = insideOf(written, action, outer);
  const loads = new Map<string, { readonly inputs: Inputs; readonly read: Promise<Included> }>();
  const begin = (name: string) => {
    const inputs = new Inputs();
    const read = recordingInputs(inputs, () =>
      isRole
        ? readRole(reader, name, action, mappingOf(written, "vars"), at, inner)
        : readTasks(reader, name, at, inner),
    );
    return { inputs, read };
  };
  const load = async (name: string): Promise<Included> => {
    const known = loads.get(name) ?? begin(name);
    loads.set(name, known);
    try {
      return await known.read;
    } finally {
      noteAgain(known.inputs);
    }
  };
  const include: Include = {
    kind: "include",
    what: isRole ? "include_role" : "include_tasks",
    name: isRole && written["name"] == null ? roleName(action, target) : nameOf(written, action),
    asWritten: asWritten(written, action),
    position,
    directives: { ...directivesOf(written, outer), notify: [] },
    target,
    load,
    ...(loop && { loop }),
    ...(written["register"] !== undefined && { register: variableName(written, "register", "") }),
  };
  // An include of itself, under a condition, is a loop that users write: read no deeper than once.
  if (!(target instanceof Template) && !ancestors.has(key(at))) await within(key(at), () => load(target));
  return include;
}

/** What Ansible calls an include_role without a name. */
function roleName({ key }: Action, target: Text): Text {
  const name = `${key} : `;
  return target instanceof Template ? new Template(name + target.source, target.position) : name + target;
}

const key = ({ file, line, column }: Position): string => `${file}:${line}:${column}`;

/** Includes that are being read ahead. */
const ancestors = new Set<string>();

async function within<T>(name: string, work: () => Promise<T>): Promise<T> {
  ancestors.add(name);
  try {
    return await work();
  } finally {
    ancestors.delete(name);
  }
}

/** What holds for the included tasks: that of the blocks around, `apply`, and the include's `vars`; not its `when` and tags. */
function insideOf(written: Mapping, { value }: Action, outer: Directives): Directives {
  const apply = entryOf(value, "apply");
  const isOptional = mayBeSkipped(directivesOf(written, outer), loopOf(written));
  const base: Directives = { ...outer, when: [], tags: [], ...(isOptional && { mayBeSkipped: true }) };
  const applied = isMapping(apply) ? directivesOf(apply, base) : base;
  const vars = mappingOf(written, "vars");
  return Object.keys(vars).length === 0 ? applied : { ...applied, params: [...applied.params, vars] };
}

async function readTasks(
  reader: TaskReader,
  name: string,
  at: Position,
  inner: Directives,
): Promise<Included> {
  const path = reader.sources.taskFile(name, inner, at, true);
  const collected: Collected = { handlers: [], roles: [], chain: [] };
  const steps = await reader.file(path, inner, collected);
  return { steps, handlers: collected.handlers, roles: collected.roles };
}

async function readRole(
  reader: TaskReader,
  name: string,
  { value }: Action,
  vars: Mapping,
  at: Position,
  inner: Directives,
): Promise<Included> {
  if (name.trim() === "") throw new ConfigError("include_role needs the name of a role", { position: at });
  const collected: Collected = { handlers: [], roles: [], chain: [] };
  const from = isMapping(value) ? value : {};
  const step = await usedRole(reader, { name, from, vars, position: at, isIncluded: true }, inner, collected);
  const isPublic = entryOf(value, "public") === true;
  return { steps: [step], handlers: collected.handlers, roles: isPublic ? collected.roles : [] };
}
