import { resolve } from "node:path";
import { ConfigError, type Position } from "../../errors.js";
import { isMapping, type Mapping } from "../../load/mapping.js";
import { didYouMean } from "../../load/nearest.js";
import { positionOf } from "../../load/position.js";
import { describeValue } from "../../load/validate.js";
import { asVariables } from "../../load/vars-file.js";
import type { Block, Directives, Handler, Meta, Step } from "../task.js";
import { directivesOf, mappingOf, textsOf } from "./directives.js";
import { IDLE_KEYWORDS, PLAY_KEYWORDS } from "./keywords.js";
import { nameOf } from "./parse-task.js";
import type { Collected, TaskReader } from "./reader.js";
import { listedRole } from "./roles.js";

const PARTS = ["hosts", "roles", "tasks", "pre_tasks", "post_tasks"];

/** Whether a parsed file is a playbook: a list of plays, not of tasks. */
export const isPlaybook = (value: unknown): value is readonly Mapping[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((each) => isMapping(each) && PARTS.some((key) => key in each));

/** A play as one block: pre_tasks, roles, tasks, post_tasks, handlers run after each. @throws ConfigError(s) */
export async function readPlay(
  reader: TaskReader,
  play: Mapping,
  position: Position,
  outer: Directives,
  collected: Collected,
): Promise<Block> {
  for (const key of Object.keys(play))
    if (!PLAY_KEYWORDS.includes(key) && !IDLE_KEYWORDS.has(key))
      throw new ConfigError(`a play has no keyword '${key}'${didYouMean(key, PLAY_KEYWORDS)}`, {
        position: positionOf(play, key) ?? position,
      });
  const { vars: _, ...rest } = play;
  const playVars = [mappingOf(play, "vars"), ...(await varsFiles(reader, play, position, outer.directory))];
  const inner = { ...directivesOf(rest, outer), playVars: [...outer.playVars, ...playVars] };
  const own: Collected = { ...collected, handlers: [], roles: [] };
  const part = (key: string) => reader.steps(play[key], position.file, inner, own);
  const flush: Meta = {
    kind: "meta",
    name: "flush_handlers",
    position,
    directives: inner,
    action: "flush_handlers",
  };
  const block: Step[] = [...(await part("pre_tasks")), flush];
  block.push(...(await rolesOf(reader, play, position, inner, own)), ...(await part("tasks")), flush);
  block.push(...(await part("post_tasks")), flush);
  const handlers = [...((await part("handlers")) as Handler[]), ...own.handlers];
  const hosts = textsOf(play, "hosts").join(",");
  const empty = { rescue: [], always: [], listen: [] };
  return {
    kind: "block",
    name: nameOf(play),
    position,
    directives: inner,
    block,
    ...empty,
    play: { roles: own.roles, handlers },
    ...(hosts !== "" && { hosts }),
  };
}

async function rolesOf(
  reader: TaskReader,
  play: Mapping,
  position: Position,
  inner: Directives,
  collected: Collected,
): Promise<Step[]> {
  const roles = play["roles"] ?? [];
  if (!Array.isArray(roles))
    throw new ConfigError(`'roles' must be a list, got ${describeValue(roles)}`, {
      position: positionOf(play, "roles") ?? position,
    });
  const steps: Step[] = [];
  for (const [index, entry] of roles.entries())
    steps.push(await listedRole(reader, entry, positionOf(roles, index) ?? position, inner, collected));
  return steps;
}

async function varsFiles(
  reader: TaskReader,
  play: Mapping,
  position: Position,
  directory: string,
): Promise<Mapping[]> {
  const at = positionOf(play, "vars_files") ?? position;
  return Promise.all(
    textsOf(play, "vars_files").map(async (name) => {
      const path = resolve(directory, name);
      try {
        return asVariables(await reader.sources.yaml(path), reader.sources.shown(path));
      } catch (error) {
        if (error instanceof ConfigError && error.position === undefined)
          throw new ConfigError(error.message, { position: at, hint: error.hint, cause: error });
        throw error;
      }
    }),
  );
}
