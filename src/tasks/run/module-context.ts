import type { Scope } from "../../template/scope.js";
import { becomeCommand } from "../../transport/become.js";
import { LosslessDecoder } from "../../transport/lossless-text.js";
import type { Become, Command, CommandResult, RunOptions } from "../../transport/shell.js";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import type { Directives } from "../task.js";
import { controllerFiles } from "./controller-files.js";
import type { Machine } from "./machine.js";
import type { TaskRun } from "./run.js";
import type { Session } from "./session.js";

/** How one task runs: where, as whom, for how long. Everything is evaluated. */
export interface Circumstances {
  readonly session: Session;
  readonly machine: Machine;
  readonly directives: Directives;
  readonly scope: Scope;
  readonly become: Become | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly check: boolean;
  readonly diff: boolean;
  readonly run: TaskRun;
  /** Ends the module's work; also at the task's timeout. */
  readonly signal: AbortSignal | undefined;
  /** The task's name, for its output's events; undefined: nobody may see the output. */
  readonly shownAs: string | undefined;
}

/** What a result keeps of each stream, its last bytes: each of them is in memory several times once an expression takes it. */
const MOST_KEPT = 8 * 1024 * 1024;

const NOTHING: CommandResult = { code: 0, stdout: "", stderr: "" };

/** What a module is given. */
export function moduleContext(how: Circumstances): ModuleContext {
  const { machine, session, directives, scope, run, signal, check, diff } = how;
  const prepared = (command: Command): Command => {
    const withEnv =
      Object.keys(how.environment).length > 0
        ? { ...command, env: { ...how.environment, ...command.env } }
        : command;
    return how.become ? becomeCommand(withEnv, how.become) : withEnv;
  };
  const ran = async (command: Command, options: RunOptions) =>
    becameSomebody(await machine.shell.run(prepared(command), { signal, ...options }), how);
  return {
    ask: (command, options) => ran(command, options ?? {}),
    act: async (command) => {
      if (check) return NOTHING;
      const said = output(how);
      return ran(command, { onOutput: said?.on, maxOutputBytes: MOST_KEPT }).finally(() => said?.end());
    },
    check,
    diff,
    scope,
    clock: run.clock,
    signal,
    facts: () => machine.facts(signal),
    controller: controllerFiles(directives, session.project, session.files),
    // What another machine has, to which the task is delegated, is not the VM's.
    artifacts: machine === session.machine && !check ? session.fetched : undefined,
    connection: machine.connection,
    hosts: { own: session.name, knows: (...about) => session.world.knows(...about) },
    job: (id) => session.jobs.status(id),
  };
}

/** @throws ModuleFailure when what lets one become another user is not on the machine: the module has not run */
function becameSomebody(result: CommandResult, { become }: Circumstances): CommandResult {
  if (become === undefined || result.code !== 127) return result;
  const { method } = become;
  if (!new RegExp(`exec.*: ${method}: not found\\s*$`).test(result.stderr)) return result;
  const other = method === "su" ? "sudo" : "su";
  throw new ModuleFailure(
    `cannot become ${become.user}: ${method} is not on this machine: install it, or use become_method: ${other}`,
    { rc: result.code, stderr: result.stderr },
  );
}

type Stream = "stdout" | "stderr";

/** Tells of a command's output as it comes. */
function output({ shownAs, session, run }: Circumstances) {
  if (shownAs === undefined) return undefined;
  const decoders = { stdout: new LosslessDecoder(), stderr: new LosslessDecoder() };
  const tell = (stream: Stream, text: string): void => {
    if (text !== "")
      run.emit({ type: "task-output", vm: session.vm, phase: run.phase, task: shownAs, stream, text });
  };
  return {
    on: (stream: Stream, chunk: Buffer): void => tell(stream, decoders[stream].write(chunk)),
    end: (): void => {
      for (const stream of ["stdout", "stderr"] as const) tell(stream, decoders[stream].end());
    },
  };
}
