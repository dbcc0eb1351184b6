import type { Clock } from "../../clock.js";
import type { Emit } from "../../events.js";
import type { Checkpoint } from "../task.js";

/** What all tasks of one phase share. */
export interface TaskRun {
  readonly phase: string;
  readonly emit: Emit;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Nothing is changed; results are what they would be. */
  readonly check?: boolean;
  readonly diff?: boolean;
  readonly tags?: TagChoice;
  /** How many of the file's steps are behind the machine already. */
  readonly behind?: number;
  /** Called after a task with `checkpoint`, when nothing that was notified is left to do. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => Promise<void>;
  /** Whether each item of a loop is an event. */
  readonly tellsItems?: boolean;
}

/** `--tags` and `--skip-tags`. */
export interface TagChoice {
  /** Empty: all. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
}

/** The first task that failed. */
export interface TaskFailure {
  readonly task: string;
  readonly message: string;
}

/** Whether a task of these tags runs, by Ansible's rules for `always`, `never`, `tagged`, `untagged` and `all`. */
export function isChosen(tags: readonly string[], { only, skip }: TagChoice): boolean {
  const has = (name: string) => tags.includes(name);
  const matches = (choice: readonly string[]) =>
    choice.some(
      (name) =>
        has(name) || (name === "tagged" && tags.length > 0) || (name === "untagged" && tags.length === 0),
    );
  const wanted =
    only.length === 0 || (only.includes("all") && !has("never"))
      ? !has("never")
      : matches(only) || (has("always") && !skip.includes("always"));
  if (!wanted) return false;
  if (skip.includes("all")) return has("always") && !skip.includes("always");
  return !matches(skip);
}
