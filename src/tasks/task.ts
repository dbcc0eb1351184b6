import type { Position } from "../errors.js";
import type { Template } from "../template/template.js";
import type { AnyModule } from "./modules/module.js";

/** A text of the user's, evaluated when the task runs. */
export type Text = string | Template;

/** One task of a task file, checked when the file is loaded; Templates in it are evaluated when it runs. */
export interface Task {
  readonly name: Text;
  readonly position: Position;
  readonly module: AnyModule;
  /** Arguments as written, free-form text already under its key. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Bare expressions, all of which must hold. */
  readonly when: unknown;
  readonly register?: string;
  readonly vars: Readonly<Record<string, unknown>>;
  /** undefined: as the phase says. */
  readonly become?: unknown;
  readonly becomeUser?: unknown;
  readonly becomeMethod?: unknown;
}

/** A task file, ready to run. */
export interface TaskFile {
  readonly path: string;
  readonly tasks: readonly Task[];
}
