import { dirname, join, resolve } from "node:path";
import { Inputs, noteFile, recordingInputs } from "../../inputs.js";
import { positionOf } from "../../values/position.js";
import type { Checkpoint, Handler, TaskFile } from "../task.js";
import { noDirectives } from "./directives.js";
import { isPlaybook, readPlaybook } from "./playbook.js";
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
  const checkpoints: Checkpoint[] = [];
  const inputs = new Inputs();
  const onCheckpoint = (index: number, behind: number) => {
    const sofar = new Inputs();
    sofar.add(inputs);
    const position = positionOf(value, index) ?? { file: shown, line: 1, column: 1 };
    const next = positionOf(value, index + 1);
    sofar.beginnings.set(path, next ? next.line - 1 : Number.MAX_SAFE_INTEGER);
    checkpoints.push({ position, steps: behind, inputs: sofar });
  };
  const steps = await recordingInputs(inputs, () =>
    isPlaybook(value)
      ? readPlaybook(reader, value, shown, outer, collected)
      : reader.steps(value, shown, outer, collected, onCheckpoint),
  );
  const beside = ["handlers.yaml", "handlers.yml"]
    .map((name) => join(dirname(path), name))
    .find((each) => {
      noteFile(each);
      return isFile(each);
    });
  const ofHandlers = new Inputs();
  if (beside !== undefined && beside !== path)
    await recordingInputs(ofHandlers, async () =>
      collected.handlers.push(
        ...((await reader.file(beside, { ...outer, mayBeSkipped: true }, collected)) as Handler[]),
      ),
    );
  for (const { inputs: looked } of checkpoints) looked.add(ofHandlers);
  const { handlers, roles } = collected;
  return { path: shown, steps, handlers, roles, checkpoints, lacking: sources.lacking };
}
