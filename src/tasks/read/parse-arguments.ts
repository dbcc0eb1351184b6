import { ConfigError, type Position } from "../../errors.js";
import { isMapping, type Mapping, setEntry } from "../../values/mapping.js";
import { didYouMean } from "../../values/nearest.js";
import { positionOf, setPosition } from "../../values/position.js";
import { Template, templateOr } from "../../values/template.js";
import { describeValue } from "../../values/validate.js";
import type { AnyModule } from "../module/module.js";
import { freeFormArgs, QUOTED, unquoted } from "./free-form.js";

/** What a task gives its module: by name, and perhaps a Template that makes a mapping of more. */
export interface Arguments {
  readonly args: Mapping;
  readonly moreArgs?: Template;
}

/**
 * The arguments of a task under the module's own names: from the module's key and from `args`, which win less.
 * @param key the keyword that names the module @throws ConfigError for unknown, missing and double ones
 */
export function argumentsOf(module: AnyModule, value: unknown, task: Mapping, key: string): Arguments {
  const position = positionOf(task, key);
  const extra = task["args"] ?? {};
  if (!isMapping(extra) && !(extra instanceof Template))
    throw new ConfigError(`'args' must be a mapping, got ${describeValue(extra)}`, {
      position: positionOf(task, "args"),
    });
  const whole = isWhole(module, value) ? value : undefined;
  const written = whole
    ? {}
    : writtenArguments(module, value, key, position, isMapping(extra) ? extra : undefined);
  const args = ownNames(module, isMapping(extra) ? [extra, written] : [written], position);
  refuseUnknown(module, args, position);
  const more = whole ?? (extra instanceof Template ? extra : undefined);
  if (more === undefined) refuseMissing(module, args, position);
  return { args, ...(more && { moreArgs: more }) };
}

/** Whether an expression makes the mapping of arguments; `path={{ x }} state=file` is none. */
const isWhole = (module: AnyModule, value: unknown): value is Template =>
  value instanceof Template && module.freeForm === undefined && !/^\s*[A-Za-z_]\w*=/.test(value.source);

function writtenArguments(
  module: AnyModule,
  value: unknown,
  key: string,
  position: Position | undefined,
  extra: Mapping | undefined,
): Mapping {
  if (isMapping(value)) return value;
  if (value === null || value === undefined) {
    if (extra && Object.keys(extra).length > 0) return {};
    if (module.args.safeParse({}).success) return {};
    throw new ConfigError(`${key} has no arguments`, { position });
  }
  if (Array.isArray(value))
    throw new ConfigError(`${key} takes a mapping of arguments, got ${describeValue(value)}`, { position });
  const plain = value as string | Template | number | boolean;
  const args =
    module.freeForm === undefined ? keyValueArgs(plain, key, position) : freeFormArgs(module, plain);
  for (const name of Object.keys(args)) if (position) setPosition(args, position, name);
  return args;
}

const KEY_VALUE = new RegExp(
  String.raw`(^|\s)([A-Za-z_]\w*)=(${QUOTED}|(?:\{\{.*?\}\}|[^\s"'])*)(?=\s|$)`,
  "g",
);

/** Ansible's old form `file: path=/x state=directory`. @throws ConfigError for anything else */
function keyValueArgs(
  value: string | Template | number | boolean,
  key: string,
  position?: Position,
): Mapping {
  const source = value instanceof Template ? value.source : String(value);
  const again = (text: string) => (value instanceof Template ? templateOr(text, value.position) : text);
  const args: Record<string, unknown> = {};
  const rest = source.replace(KEY_VALUE, (_all, _space, name: string, text: string) => {
    setEntry(args, name, again(unquoted(text)));
    return "";
  });
  if (rest.trim() === "") return args;
  throw new ConfigError(`${key} takes a mapping of arguments, got ${describeValue(value)}`, { position });
}

/** @throws ConfigError for an argument that is given by two names */
function ownNames(module: AnyModule, layers: readonly Mapping[], position: Position | undefined): Mapping {
  const { aliases = {} } = module;
  const result: Record<string, unknown> = {};
  for (const layer of layers) {
    const seen = new Map<string, string>();
    for (const [name, value] of Object.entries(layer)) {
      const own = (Object.hasOwn(aliases, name) ? aliases[name] : undefined) ?? name;
      const at = positionOf(layer, name) ?? position;
      if (seen.has(own))
        throw new ConfigError(`${module.name}: '${name}' and '${seen.get(own)}' are one argument`, {
          position: at,
        });
      seen.set(own, name);
      setEntry(result, own, value);
      if (at) setPosition(result, at, own);
    }
  }
  return result;
}

function refuseUnknown(module: AnyModule, args: Mapping, position: Position | undefined): void {
  const { handsOn } = module;
  const open = handsOn === undefined && module.args._zod.def.catchall?._zod.def.type === "unknown";
  for (const name of open ? [] : Object.keys(args))
    if (!Object.hasOwn(module.args.shape, name) && !handsOn?.includes(name))
      throw unknown(module, name, positionOf(args, name) ?? position);
  for (const name of module.expressions ?? [])
    if (args[name] instanceof Template)
      throw new ConfigError(`'${name}' of ${module.name} is an expression already: write it without {{ }}`, {
        position: positionOf(args, name) ?? position,
      });
}

/** One that Ansible has is refused with the reason. */
function unknown(module: AnyModule, name: string, position: Position | undefined): ConfigError {
  const { refuses = {}, aliases = {}, handsOn = [] } = module;
  if (Object.hasOwn(refuses, name))
    return new ConfigError(`${module.name} refuses '${name}': ${refuses[name]}`, { position });
  const known = Object.keys(module.args.shape);
  return new ConfigError(
    `${module.name} has no argument '${name}'${didYouMean(name, [...known, ...Object.keys(aliases), ...handsOn])}`,
    { position, hint: `its arguments: ${known.join(", ")}` },
  );
}

/** The form of an argument can be judged only when it is no template; that one is missing, at once. */
function refuseMissing(module: AnyModule, args: Mapping, position: Position | undefined): void {
  const missing = module.args.safeParse({}).error?.issues ?? [];
  for (const { path } of missing)
    if (path[0] !== undefined && !(String(path[0]) in args))
      throw new ConfigError(`${module.name} needs '${String(path[0])}'`, { position });
}
