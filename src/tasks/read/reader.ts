import { dirname } from "node:path";
import { ConfigError, type Position } from "../../errors.js";
import { isMapping, type Mapping } from "../../values/mapping.js";
import { didYouMean } from "../../values/nearest.js";
import { positionOf } from "../../values/position.js";
import { Problems } from "../../values/problems.js";
import { Template } from "../../values/template.js";
import { describeValue } from "../../values/validate.js";
import type { Block, Directives, Handler, Role, Step } from "../task.js";
import { checkExpressions, checkModuleExpressions } from "./check-expressions.js";
import { checkKeywords } from "./check-keywords.js";
import { directivesOf, textsOf } from "./directives.js";
import { includeOf } from "./include.js";
import { BLOCK_KEYWORDS } from "./keywords.js";
import { metaOf } from "./meta.js";
import { type Action, actionOf, nameOf, parseTask } from "./parse-task.js";
import { importRole } from "./roles.js";
import type { Sources } from "./sources.js";

/** What imports bring along besides their tasks, for the whole file. */
export interface Collected {
  readonly handlers: Handler[];
  readonly roles: Role[];
  /** Files that are being imported, the outermost first: to see circles. */
  readonly chain: readonly string[];
}

/** Whether a task says `checkpoint: true`. @throws ConfigError where it may not */
function savesAfter(task: unknown, isAllowed: boolean): boolean {
  const saves = isMapping(task) ? task["checkpoint"] : undefined;
  if (saves === undefined) return false;
  const position = positionOf(task, "checkpoint");
  if (typeof saves !== "boolean")
    throw new ConfigError(`'checkpoint' must be true or false, got ${describeValue(saves)}`, { position });
  if (!isAllowed)
    throw new ConfigError("'checkpoint' is for the tasks that a phase's file itself lists", {
      position,
      hint: "write it at the block, import or include that this task is in",
    });
  return saves;
}

/** Makes steps of parsed YAML: tasks, blocks, and what imports name, all checked. */
export class TaskReader {
  constructor(readonly sources: Sources) {}

  /** The steps of a task file. @throws ConfigError(s), all of the file's at once */
  async file(path: string, outer: Directives, collected: Collected): Promise<Step[]> {
    const shown = this.sources.shown(path);
    if (collected.chain.includes(path))
      throw new ConfigError(
        `${shown} imports itself: ${[...collected.chain, path].map((each) => this.sources.shown(each)).join(" -> ")}`,
      );
    const value = await this.sources.yaml(path);
    const inner = { ...outer, directory: dirname(path) };
    return this.steps(value, shown, inner, { ...collected, chain: [...collected.chain, path] });
  }

  /**
   * @param file as messages name it
   * @param onCheckpoint given for a list whose tasks may say `checkpoint`: called with the index of one that does, and the number of steps so far
   */
  async steps(
    value: unknown,
    file: string,
    outer: Directives,
    collected: Collected,
    onCheckpoint?: (index: number, steps: number) => void,
  ): Promise<Step[]> {
    if (value === null || value === undefined) return [];
    const start: Position = positionOf(value) ?? { file, line: 1, column: 1 };
    if (!Array.isArray(value)) throw new ConfigError("a task file is a list of tasks", { position: start });
    const problems = new Problems();
    const steps: Step[] = [];
    for (const [index, item] of value.entries()) {
      const position = positionOf(value, index) ?? start;
      const read = await problems.attemptAsync(async () => {
        const saves = savesAfter(item, onCheckpoint !== undefined);
        return { saves, found: await this.step(item, position, outer, collected) };
      });
      steps.push(...(read?.found ?? []));
      if (read?.saves) onCheckpoint?.(index, steps.length);
    }
    problems.throwIfAny();
    return steps;
  }

  /** One entry of a task list; an import is as many steps as it brings. */
  async step(value: unknown, position: Position, outer: Directives, collected: Collected): Promise<Step[]> {
    if (!isMapping(value))
      throw new ConfigError(`a task is a mapping, got ${describeValue(value)}`, { position });
    const steps = await this.#step(value, position, outer, collected);
    checkExpressions(value);
    for (const step of steps)
      if (step.position === position) await checkModuleExpressions(step, this.sources);
    return steps;
  }

  async #step(value: Mapping, position: Position, outer: Directives, collected: Collected): Promise<Step[]> {
    if ("block" in value) return [await this.#block(value, position, outer, collected)];
    const action = actionOf(value, position);
    switch (action.name) {
      case "import_tasks":
        return this.#importTasks(value, action, position, outer, collected);
      case "import_role":
        return importRole(this, value, action, position, outer, collected);
      case "include_tasks":
      case "include_role":
      case "include":
        return [await includeOf(this, value, action, position, outer)];
      case "meta":
        return [metaOf(value, action, position, outer)];
      default:
        return [parseTask(value, action, position, outer, this.sources.modules)];
    }
  }

  async #block(value: Mapping, position: Position, outer: Directives, collected: Collected): Promise<Block> {
    checkKeywords(value, "a block", [...BLOCK_KEYWORDS, "listen"], position);
    const inner = directivesOf(value, outer);
    const part = (key: string) => this.steps(value[key], position.file, inner, collected);
    return {
      kind: "block",
      name: nameOf(value),
      position,
      directives: inner,
      block: await part("block"),
      rescue: await part("rescue"),
      always: await part("always"),
      listen: textsOf(value, "listen"),
    };
  }

  async #importTasks(
    value: Mapping,
    action: Action,
    position: Position,
    outer: Directives,
    collected: Collected,
  ): Promise<Step[]> {
    const target = targetOf(action, "file", position);
    if (target instanceof Template)
      throw new ConfigError(
        "import_tasks needs a name without expressions: it is read before anything runs",
        {
          position: positionOf(value, action.key) ?? position,
          hint: "use include_tasks",
        },
      );
    const path = this.sources.taskFile(target, outer, positionOf(value, action.key) ?? position, false);
    return this.file(path, directivesOf(value, outer), collected);
  }
}

/** What imports and includes take besides what they name. */
const ROLE_ARGUMENTS = [
  "name",
  "tasks_from",
  "vars_from",
  "defaults_from",
  "handlers_from",
  "allow_duplicates",
  "apply",
  "public",
  "rolespec_validate",
];

function checkArguments(given: Mapping, key: string, argument: "file" | "name", position: Position): void {
  const known = argument === "name" ? ROLE_ARGUMENTS : ["file", "apply"];
  for (const name of Object.keys(given))
    if (!known.includes(name))
      throw new ConfigError(`${key} has no argument '${name}'${didYouMean(name, known)}`, {
        position: positionOf(given, name) ?? position,
        hint: `its arguments: ${known.join(", ")}`,
      });
}

/** The file or role that an import or include names. @throws ConfigError */
export function targetOf(
  { key, value }: Action,
  argument: "file" | "name",
  position: Position,
): string | Template {
  if (isMapping(value)) checkArguments(value, key, argument, position);
  const target = isMapping(value) ? value[argument] : value;
  if (typeof target === "string" && target !== "")
    return argument === "file" ? target.trim() : target.replace(/^name=/, "");
  if (target instanceof Template) return target;
  throw new ConfigError(`${key} needs '${argument}', got ${describeValue(target ?? null)}`, { position });
}
