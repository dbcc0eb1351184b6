import type { ModuleResult } from "../module/module.js";
import type { TaskFailure } from "./run.js";
import type { TaskEnd } from "./run-task.js";

/** What a list of steps came to. `end`: `meta: end_host` and the like; nothing went wrong. */
export type Flow =
  | { readonly kind: "on" }
  | { readonly kind: "end"; readonly of: "host" | "play" | "role" }
  | {
      readonly kind: "failed";
      readonly failure: TaskFailure;
      readonly result: ModuleResult;
      readonly known: TaskEnd["known"];
    };

export const ON: Flow = { kind: "on" };

/** How the steps go on after a task or include. */
export const flowAfter = ({ result, failure, known }: TaskEnd): Flow =>
  failure ? { kind: "failed", failure, result, known } : ON;
