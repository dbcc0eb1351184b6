import type { Clock } from "../../clock.js";
import type { Emit } from "../../events.js";
import type { InventoryOnly, Project } from "../../project/project.js";
import type { Secrets } from "../../report/mask.js";
import type { Answer } from "../../tasks/read/prompts.js";
import type { Machine } from "../../tasks/run/machine.js";
import type { TagChoice } from "../../tasks/run/run.js";

export interface ApplyContext {
  readonly inventory: InventoryOnly;
  /** The whole project, for a VM of it. */
  readonly project: (inventoryPath: string) => Promise<Project>;
  readonly secrets: Secrets;
  /** Asks for the variables of `vars_prompt`. */
  readonly answer: Answer;
  readonly emit: Emit;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly check: boolean;
  readonly diff: boolean;
  readonly tags: TagChoice;
  /** Of the VM: which of those that run beside each other. */
  readonly instance?: string | undefined;
}

/** A machine to work on, and the variables that tasks see there. */
export interface Target {
  readonly machine: Machine;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly magic: Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}
