import type { TagChoice } from "../run/run.js";
import { isChosen } from "../run/run.js";
import type { Step } from "../task.js";

/** How many tasks will tell of themselves, if nothing fails and includes bring none; `rescue` is not counted. */
export function countTasks(steps: readonly Step[], tags: TagChoice): number {
  let count = 0;
  for (const step of steps) {
    if (step.kind === "block") count += countTasks(step.block, tags) + countTasks(step.always, tags);
    else if (step.kind !== "meta" && isChosen(step.directives.tags, tags)) count += 1;
  }
  return count;
}
