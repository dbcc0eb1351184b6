import type { Writable } from "node:stream";
import type { z } from "zod";
import type { Clock } from "../../clock.js";
import type { Scope } from "../../template/scope.js";
import type { Command, CommandResult } from "../../transport/shell.js";
import type { Facts } from "../facts/facts.js";

/** What a module may do on the task's machine, as the task's user. */
export interface ModuleContext {
  /**
   * Runs a command that changes nothing; so it does in a check too. A non-zero exit is a result. `stdoutTo` takes the output as it
   * comes; the result then has none, and it is not ended.
   */
  ask(command: Command, options?: { readonly stdoutTo?: Writable }): Promise<CommandResult>;
  /**
   * Runs a command that changes the machine; its output goes to the log as it comes. A check does not run it: it
   * answers exit 0 and no output.
   */
  act(command: Command): Promise<CommandResult>;
  /** `--check`, or the task's `check_mode`: what `act` does is left out, the result is what it would be. */
  readonly check: boolean;
  /** Whether somebody looks at `diff` of the result: making one may cost a transfer. */
  readonly diff: boolean;
  /** The variables as the task sees them; arguments are evaluated already. */
  readonly scope: Scope;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** The machine's facts; gathered once, by the first who asks. */
  facts(): Promise<Facts>;
  readonly controller: ControllerFiles;
  /** With `--artifacts`: takes over a file of the machine's that is on the controller now. `from` is its path there; may reject. */
  readonly artifacts?: { add(from: string, file: string, bytes: number): Promise<void> } | undefined;
  /** The way to the machine, for modules that outlive it; none where there is nothing to reconnect. */
  readonly connection?: Connection | undefined;
  /** The hosts that are known by now; none where there is no run. */
  readonly hosts?: KnownHosts | undefined;
  /** What became of a task that `async` left running; undefined when there is none of that id. */
  job?(id: string): ModuleResult | undefined;
}

export interface KnownHosts {
  /** The machine's own name. */
  readonly own: string;
  /** Whether a host has these variables already, and is in these groups. */
  knows(host: string, variables: Readonly<Record<string, unknown>>, groups: readonly string[]): boolean;
}

/** The user's own files on the machine that farm runs on. */
export interface ControllerFiles {
  /**
   * The path of a file that a task names: as it is when absolute, else in the role's directory of that kind, then beside
   * the task file (in such a directory, then plainly), then in the project.
   * @throws ModuleFailure that names the places
   */
  find(kind: "files" | "templates" | "vars", path: string): Promise<string>;
  /** A file's content, decrypted when it is a vault. @throws ModuleFailure */
  read(path: string): Promise<Buffer>;
  /** A path to write to, e.g. `dest` of fetch: relative ones are beside the project's inventory or the task file. */
  resolve(path: string): string;
}

/** The way to a guest that may go away and come back. */
export interface Connection {
  /** Logs in anew, waiting for the machine. @throws ModuleFailure when it does not come within `deadlineMs` */
  renew(deadlineMs: number): Promise<void>;
}

/** Ansible's fields of a result; a module adds its own. `stdout_lines` and the like are added by the interpreter. */
export interface ModuleResult extends Readonly<Record<string, unknown>> {
  readonly changed: boolean;
  readonly failed?: boolean;
  readonly skipped?: boolean;
  readonly msg?: unknown;
  /** What would be, or is, different; only when the context wants it. */
  readonly diff?: Diff | readonly Diff[];
  /** Become variables of the machine, as set_fact's and setup's do. */
  readonly ansible_facts?: Readonly<Record<string, unknown>>;
}

/** Two states of one thing as texts, Ansible's fields. */
export interface Diff {
  readonly before?: string;
  readonly after?: string;
  readonly before_header?: string;
  readonly after_header?: string;
}

/** One module of the task language: a file of its own here, listed in registry.ts. */
export interface Module<Args> {
  readonly name: string;
  /** For the generated documentation: one line, what the module sees to. */
  readonly summary: string;
  /** Strict: an unknown argument is the user's mistake, found when the file is loaded. Each is described by `.describe`. */
  readonly args: z.ZodObject & z.ZodType<Args>;
  /** Other names of arguments, e.g. `{dest: "path", name: "path"}`. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** The argument that a plain text gives: `shell: make` is `shell: {cmd: make}`. */
  readonly freeForm?: string;
  /** Arguments that may stand in the plain text as `key=value`, as in `command: make chdir=/src`. */
  readonly inlineArgs?: readonly string[];
  /** Arguments that are bare expressions: taken as the user wrote them, never made by a template. */
  readonly expressions?: readonly string[];
  /** The names of arguments may be templates too. */
  readonly namesAreTemplates?: true;
  /** Further arguments, of the modules that this one hands its own on to; `args` is loose then. */
  readonly handsOn?: readonly string[];
  /** Arguments that Ansible's of the same name has, and this one refuses when a file is loaded: why, and what to do instead. */
  readonly refuses?: Readonly<Record<string, string>>;
  /** Where it does less than Ansible's of the same name, or something else: a sentence each, for the documentation. */
  readonly differs?: readonly string[];
  /** @throws ModuleFailure: the task failed; ConnectionLostError and the like: nobody knows */
  run(args: Args, context: ModuleContext): Promise<ModuleResult>;
}

export type AnyModule = Module<never>;
