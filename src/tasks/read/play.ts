import { resolve } from "node:path";
import { ConfigError, type Position } from "../../errors.js";
import { asVariables } from "../../load/inventory/vars-file.js";
import type { Mapping } from "../../values/mapping.js";
import { positionOf } from "../../values/position.js";
import { Template } from "../../values/template.js";
import { describeValue } from "../../values/validate.js";
import type { Block, Directives, Handler, Meta, Step, Text } from "../task.js";
import { checkExpressions } from "./check-expressions.js";
import { checkKeywords } from "./check-keywords.js";
import { directivesOf, mappingOf, textsOf } from "./directives.js";
import { PLAY_KEYWORDS } from "./keywords.js";
import { nameOf } from "./parse-task.js";
import { promptedVars } from "./prompts.js";
import type { Collected, TaskReader } from "./reader.js";
import { listedRole } from "./roles.js";
import { isFile } from "./sources.js";

/** A play as one block: pre_tasks, roles, tasks, post_tasks, handlers run after each. @throws ConfigError(s) */
export async function readPlay(
  reader: TaskReader,
  play: Mapping,
  position: Position,
  outer: Directives,
  collected: Collected,
): Promise<Block> {
  checkKeywords(play, "a play", PLAY_KEYWORDS, position);
  checkExpressions(play);
  const { vars: _, ...rest } = play;
  const asked = await promptedVars(play, position, reader.sources.options.answer);
  const playVars = [
    mappingOf(play, "vars"),
    asked,
    ...(await varsFiles(reader, play, position, outer.directory)),
  ];
  const inner = { ...directivesOf(rest, outer), playVars: [...outer.playVars, ...playVars] };
  const own: Collected = { ...collected, handlers: [], roles: [] };
  const ofRoles: Collected = { ...own, handlers: [] };
  const part = (key: string, around = inner) => reader.steps(play[key], position.file, around, own);
  const flush: Meta = {
    kind: "meta",
    name: "flush_handlers",
    position,
    directives: inner,
    action: "flush_handlers",
  };
  const block: Step[] = [...(await part("pre_tasks")), flush];
  block.push(...(await rolesOf(reader, play, position, inner, ofRoles)), ...(await part("tasks")), flush);
  block.push(...(await part("post_tasks")), flush);
  // In Ansible's order, in which they run: those of `roles`, the play's own, those of roles that its tasks import.
  const plays = (await part("handlers", { ...inner, mayBeSkipped: true })) as Handler[];
  const handlers = [...ofRoles.handlers, ...plays, ...own.handlers];
  const hosts = hostsOf(play);
  const empty = { rescue: [], always: [], listen: [] };
  return {
    kind: "block",
    name: nameOf(play),
    position,
    directives: inner,
    block,
    ...empty,
    play: {
      name:
        typeof play["name"] === "string" ? play["name"] : hosts instanceof Template ? hosts.source : hosts,
      roles: own.roles,
      handlers,
      forceHandlers: play["force_handlers"] ?? false,
    },
    ...(hosts !== "" && { hosts }),
  };
}

/** Patterns, separated by commas. */
function hostsOf(play: Mapping): Text {
  const { hosts } = play;
  return hosts instanceof Template ? hosts : textsOf(play, "hosts").join(",");
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
  const written = play["vars_files"] ?? [];
  const at = positionOf(play, "vars_files") ?? position;
  // A list in the list: the first of these files that is there.
  const entries = Array.isArray(written) ? written : [written];
  return Promise.all(
    entries.map((entry) => {
      const names = textsOf({ vars_files: entry }, "vars_files").map((name) => resolve(directory, name));
      return varsFile(reader, names.find(isFile) ?? names[0] ?? "", at);
    }),
  );
}

async function varsFile(reader: TaskReader, path: string, at: Position): Promise<Mapping> {
  try {
    return asVariables(await reader.sources.yaml(path), reader.sources.shown(path));
  } catch (error) {
    if (error instanceof ConfigError && error.position === undefined)
      throw new ConfigError(error.message, { position: at, hint: error.hint, cause: error });
    throw error;
  }
}
