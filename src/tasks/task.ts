import type { Position } from "../errors.js";
import type { Inputs } from "../inputs.js";
import type { Mapping } from "../values/mapping.js";
import type { Template } from "../values/template.js";
import type { AnyModule } from "./module/module.js";

/** A text of the user's, evaluated when the task runs. */
export type Text = string | Template;

/** A `when` or the like with the place where it stands. */
export interface Condition {
  readonly value: unknown;
  readonly position: Position | undefined;
}

/** A role as far as its tasks see it. */
export interface Role {
  readonly name: string;
  /** Tells it, used with its parameters, from others. */
  readonly key: string;
  /** Absolute. */
  readonly path: string;
  /** With those of the roles that it depends on and of those that it is used by. */
  readonly defaults: Mapping;
  /** The same; with the `vars` that it was given. */
  readonly vars: Mapping;
  /** What it has of its own. */
  readonly own: { readonly defaults: Mapping; readonly vars: Mapping };
  /** Roles that use it, the outermost first. */
  readonly parents: readonly Role[];
  /** Of these, those that include it: Ansible's `ansible_parent_role_names`, the nearest first. */
  readonly includedBy: readonly Role[];
}

/**
 * What a task has of its own and of all that it stands in: block, role, play, include. Values are as written;
 * outer before inner where there are several.
 */
export interface Directives {
  readonly when: readonly Condition[];
  /** `vars` and `vars_files` of a play: weaker than a role's. */
  readonly playVars: readonly Mapping[];
  readonly vars: readonly Mapping[];
  /** Variables that an include or a role was given: they win over most others. */
  readonly params: readonly Mapping[];
  readonly environment: readonly unknown[];
  readonly tags: readonly string[];
  readonly moduleDefaults: readonly Mapping[];
  readonly notify: readonly unknown[];
  readonly become?: unknown;
  readonly becomeUser?: unknown;
  readonly becomeMethod?: unknown;
  readonly ignoreErrors?: unknown;
  readonly noLog?: unknown;
  readonly delegateTo?: unknown;
  readonly delegateFacts?: unknown;
  readonly runOnce?: unknown;
  readonly checkMode?: unknown;
  readonly diff?: unknown;
  readonly throttle?: unknown;
  readonly timeout?: unknown;
  /** Set where it may be that nothing in here is ever reached: in handlers, and behind an include's condition. */
  readonly mayBeSkipped?: true;
  /** Innermost. */
  readonly role?: Role;
  /** Of the task file: where its relative names are looked for. Absolute. */
  readonly directory: string;
}

/** What `ansible_failed_task` tells of a task. */
export interface AsWritten {
  readonly name: string;
  readonly action: string;
}

/** What stands at one place of a task file. */
interface Place {
  readonly name: Text;
  /** Of tasks and includes: the name, templates in it and all, empty where there is none, and the module's name. */
  readonly asWritten?: AsWritten;
  readonly position: Position;
  readonly directives: Directives;
}

/** `loop` or a `with_` keyword. */
export interface Loop {
  /** `loop`, or the name after `with_`. */
  readonly kind: string;
  readonly items: unknown;
  readonly position: Position | undefined;
  /** Where with_first_found looks: by the module's name, as in Ansible. */
  readonly folder: "files" | "templates" | "vars";
  readonly control: {
    readonly loopVar: string;
    readonly indexVar?: string;
    readonly label?: unknown;
    /** Seconds between items. */
    readonly pause?: unknown;
    readonly extended: boolean;
    /** Whether `ansible_loop` holds all items. */
    readonly hasAllItems: boolean;
  };
}

/** One task of a task file, checked when the file is loaded; Templates in it are evaluated when it runs. */
export interface Task extends Place {
  readonly kind: "task";
  readonly module: AnyModule;
  /** Arguments as written, under the module's own names; or one Template that makes a mapping of them. */
  readonly args: Mapping;
  /** `args: "{{ mapping }}"`: entries that `args` does not have. */
  readonly moreArgs?: Template;
  readonly register?: string;
  readonly loop?: Loop;
  readonly until?: Condition;
  readonly retries?: unknown;
  readonly delay?: unknown;
  readonly failedWhen?: Condition;
  readonly changedWhen?: Condition;
  /** Topics that a handler answers to besides its name. */
  readonly listen: readonly string[];
  /** Seconds. */
  readonly async?: unknown;
  readonly poll?: unknown;
}

export interface Block extends Place {
  readonly kind: "block";
  readonly block: readonly Step[];
  readonly rescue: readonly Step[];
  readonly always: readonly Step[];
  readonly listen: readonly string[];
  readonly play?: Play;
  /** Set for a role's tasks. */
  readonly role?: { readonly key: string; readonly mayRepeat: boolean };
  /** A play's `hosts`: nothing of it runs on other machines. */
  readonly hosts?: Text;
}

/** What a play has besides its steps. */
export interface Play {
  readonly name: string;
  /** Listed and imported ones: their variables are seen by all of the play. */
  readonly roles: readonly Role[];
  readonly handlers: readonly Handler[];
  /** As written: whether what was notified runs even when the play fails. */
  readonly forceHandlers: unknown;
}

/** `include_tasks` and `include_role`: what it names is known only when it runs. */
export interface Include extends Place {
  readonly kind: "include";
  readonly what: "include_tasks" | "include_role";
  /** The file or the role. */
  readonly target: Text;
  readonly loop?: Loop;
  readonly register?: string;
  /** Reads and checks what is named, once for each name. @throws ConfigError(s) */
  load(target: string): Promise<Included>;
}

export interface Included {
  readonly steps: readonly Step[];
  readonly handlers: readonly Handler[];
  /** Roles whose variables the rest of the play sees: `public`. */
  readonly roles: readonly Role[];
}

/** `meta: flush_handlers` and the like. */
export interface Meta extends Place {
  readonly kind: "meta";
  readonly action: string;
}

export type Step = Task | Block | Include | Meta;

/** A task or block that runs when it was notified. */
export type Handler = Task | Block | Include;

/** Where a task with `checkpoint: true` ends. */
export interface Checkpoint {
  readonly position: Position;
  /** How many of the file's steps are behind it. */
  readonly steps: number;
  /** What reading the file so far has looked at: of the file itself its beginning. */
  readonly inputs: Inputs;
}

/** A task whose module Ansible has and farm lacks. */
export interface Lacking {
  /** The module's, as written. */
  readonly name: string;
  readonly position: Position;
}

/** A task file, ready to run. */
export interface TaskFile {
  readonly path: string;
  readonly steps: readonly Step[];
  readonly handlers: readonly Handler[];
  /** Imported roles: their variables are seen by all of the file. */
  readonly roles: readonly Role[];
  /** From top to bottom. */
  readonly checkpoints: readonly Checkpoint[];
  /** Tasks that fail unless they are skipped, of this file and others of the project. */
  readonly lacking: readonly Lacking[];
}
