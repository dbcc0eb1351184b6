import { dirname, join, resolve } from "node:path";
import { noteFile } from "../../inputs.js";
import type { Mapping } from "../../load/mapping.js";
import { positionOf } from "../../load/position.js";
import { Problems } from "../../load/problems.js";
import type { Handler, Step, TaskFile } from "../task.js";
import { noDirectives } from "./directives.js";
import { isPlaybook, readPlay } from "./play.js";
import { type Collected, TaskReader } from "./reader.js";
import { isFile, type Sources } from "./sources.js";

/**
 * Reads a task file or playbook with all that it imports, and checks every task's module, arguments and keywords. Handlers stand in
 * `handlers.yaml` beside it, in its plays, and in roles.
 * @throws ConfigError(s), all of the file's at once
 */
export async function loadTaskFile(path: string, sources: Sources): Promise<TaskFile> {
  const absolute = resolve(sources.options.files.cwd, path);
  return readTasks(await sources.yaml(absolute), absolute, sources);
}

/** The tasks of a parsed file; an empty file has none. @param path absolute @throws ConfigError(s) */
export async function readTasks(value: unknown, path: string, sources: Sources): Promise<TaskFile> {
  const reader = new TaskReader(sources);
  const collected: Collected = { handlers: [], roles: [], chain: [path] };
  const outer = noDirectives(dirname(path));
  const shown = sources.shown(path);
  const steps = isPlaybook(value)
    ? await plays(reader, value, shown, outer.directory, collected)
    : await reader.steps(value, shown, outer, collected);
  const beside = ["handlers.yaml", "handlers.yml"]
    .map((name) => join(dirname(path), name))
    .find((each) => {
      noteFile(each);
      return isFile(each);
    });
  if (beside !== undefined && beside !== path)
    collected.handlers.push(...((await reader.file(beside, outer, collected)) as Handler[]));
  return { path: shown, steps, handlers: collected.handlers, roles: collected.roles };
}

async function plays(
  reader: TaskReader,
  value: readonly Mapping[],
  file: string,
  directory: string,
  collected: Collected,
): Promise<Step[]> {
  const problems = new Problems();
  const steps: Step[] = [];
  for (const [index, play] of value.entries()) {
    const position = positionOf(value, index) ?? { file, line: 1, column: 1 };
    const block = await problems.attemptAsync(() =>
      readPlay(reader, play, position, noDirectives(directory), collected),
    );
    if (block) steps.push(block);
  }
  problems.throwIfAny();
  return steps;
}
