import { ConfigError, type Position } from "../../errors.js";
import { entryOf, isMapping, type Mapping } from "../../values/mapping.js";
import { positionOf, setPosition } from "../../values/position.js";
import { describeValue, parseWith } from "../../values/validate.js";
import { OptionsSchema } from "../argument-spec/option.js";
import type { Directives, Role, Step } from "../task.js";
import type { Collected, TaskReader } from "./reader.js";
import { part, type RoleUse } from "./roles.js";

/**
 * The task that checks what a role is given, where its `meta/argument_specs.yml` (or `meta/main.yml`) describes it; it comes before the role's own.
 * @throws ConfigError(s)
 */
export async function argumentChecks(
  reader: TaskReader,
  role: Role,
  { from, params = {} }: RoleUse,
  directives: Directives,
  collected: Collected,
): Promise<Step[]> {
  if (entryOf(from, "rolespec_validate") === false) return [];
  const entryPoint = String(entryOf(from, "tasks_from") ?? "main");
  const { specs, file } = await specsOf(reader, role);
  const spec = entryOf(specs, entryPoint);
  if (spec === undefined || spec === null) return [];
  const position = positionOf(specs, entryPoint) ?? { file, line: 1, column: 1 };
  if (!isMapping(spec))
    throw new ConfigError(`'${entryPoint}' of argument_specs must be a mapping, got ${describeValue(spec)}`, {
      position,
    });
  const options = spec["options"] ?? {};
  parseWith(OptionsSchema, options, `argument_specs '${entryPoint}' of role '${role.name}'`);
  const about = typeof spec["short_description"] === "string" ? ` - ${spec["short_description"]}` : "";
  const task = {
    name: `Validating arguments against arg spec '${entryPoint}'${about}`,
    [MODULE]: {
      argument_spec: options,
      provided_arguments: params,
      validate_args_context: {
        type: "role",
        name: role.name,
        argument_spec_name: entryPoint,
        path: role.path,
      },
    },
    tags: ["always"],
  };
  placed(task, spec, position);
  return reader.step(task, position, directives, collected);
}

const MODULE = "ansible.builtin.validate_argument_spec";

/** Mistakes in a description are told where it stands. */
function placed(task: Mapping, spec: Mapping, position: Position): void {
  setPosition(task, position, MODULE);
  const options = positionOf(spec, "options");
  if (options) setPosition(task[MODULE] as object, options, "argument_spec");
}

/** `argument_specs` of a role, and the file that it stands in. */
async function specsOf(reader: TaskReader, role: Role): Promise<{ specs: unknown; file: string }> {
  const path = part(role.path, "meta", "argument_specs") ?? part(role.path, "meta", "main");
  if (path === undefined) return { specs: {}, file: "" };
  const { sources } = reader;
  return { specs: entryOf(await sources.yaml(path), "argument_specs"), file: sources.shown(path) };
}
