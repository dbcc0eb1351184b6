import { dirname } from "node:path";
import { ConfigError, type Position } from "../../errors.js";
import { isMapping, type Mapping } from "../../values/mapping.js";
import { positionOf } from "../../values/position.js";
import { Problems } from "../../values/problems.js";
import type { Directives, Step } from "../task.js";
import { checkKeywords } from "./check-keywords.js";
import { directivesOf } from "./directives.js";
import { actionOf } from "./parse-task.js";
import { readPlay } from "./play.js";
import { type Collected, type TaskReader, targetOf } from "./reader.js";

const IMPORT = /^(?:ansible\.(?:builtin|legacy)\.)?import_playbook$/;

/** What an `import_playbook` may say besides. */
const IMPORT_KEYWORDS = ["name", "when", "vars", "tags"];

const PARTS = ["hosts", "roles", "tasks", "pre_tasks", "post_tasks"];
const isPart = (key: string): boolean => PARTS.includes(key) || IMPORT.test(key);

/** Whether a parsed file is a playbook: a list of plays, not of tasks. */
export const isPlaybook = (value: unknown): value is readonly Mapping[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((each) => isMapping(each) && Object.keys(each).some(isPart));

/** A playbook's plays, those of the playbooks that it imports at their place. @throws ConfigError(s), all of the file's at once */
export async function readPlaybook(
  reader: TaskReader,
  value: readonly Mapping[],
  file: string,
  outer: Directives,
  collected: Collected,
): Promise<Step[]> {
  const problems = new Problems();
  const steps: Step[] = [];
  for (const [index, play] of value.entries()) {
    const position = positionOf(value, index) ?? { file, line: 1, column: 1 };
    const isImport = Object.keys(play).some((key) => IMPORT.test(key));
    const found = await problems.attemptAsync(async () =>
      isImport
        ? importPlaybook(reader, play, position, outer, collected)
        : [await readPlay(reader, play, position, outer, collected)],
    );
    steps.push(...(found ?? []));
  }
  problems.throwIfAny();
  return steps;
}

async function importPlaybook(
  reader: TaskReader,
  written: Mapping,
  position: Position,
  outer: Directives,
  collected: Collected,
): Promise<Step[]> {
  const action = actionOf(written, position);
  checkKeywords(written, "import_playbook", [action.key, ...IMPORT_KEYWORDS], position);
  const at = positionOf(written, action.key) ?? position;
  const target = targetOf(action, "file", position);
  if (typeof target !== "string")
    throw new ConfigError(
      "import_playbook needs a name without expressions: it is read before anything runs",
      { position: at },
    );
  const { sources } = reader;
  const path = sources.taskFile(target, outer, at, false);
  const shown = sources.shown(path);
  if (collected.chain.includes(path)) throw new ConfigError(`${shown} imports itself`, { position: at });
  const value = await sources.yaml(path);
  if (!isPlaybook(value))
    throw new ConfigError(`${shown} is no playbook: each entry of its list must be a play`, {
      position: at,
      hint: "a list of tasks is read by import_tasks",
    });
  const inner = { ...directivesOf(written, outer), directory: dirname(path) };
  return readPlaybook(reader, value, shown, inner, { ...collected, chain: [...collected.chain, path] });
}
