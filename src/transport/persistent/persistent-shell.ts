import { type Clock, systemClock } from "../../clock.js";
import { FarmError } from "../../errors.js";
import { contentBytes } from "../content.js";
import { interrupted, runUntil, stopReason } from "../run-line.js";
import type { Command, CommandResult, RunOptions, Shell } from "../shell.js";
import { writeFileCommand, writeFileFailure } from "../write-file.js";
import { SessionPool, type Taken } from "./session-pool.js";
import { commandFrame, type Frame } from "./session-script.js";

/** Less than this is written through a session; more is worth a way of its own. */
const SMALL_FILE_BYTES = 32 * 1024;

/**
 * The same machine, its commands run by a `sh` there that stays: each costs a round trip instead of a session. What is
 * none for it (long stdin or text, `stdoutTo`, no /proc there) goes to `shell` as before, and so do all the other doors.
 */
export function persistentShell(shell: Shell, clock: Clock = systemClock): Shell {
  const pool = new SessionPool(shell, clock);

  const run = async (command: Command, options: RunOptions = {}): Promise<CommandResult> => {
    if (options.signal?.aborted) throw interrupted(shell.name, command);
    const frame = options.stdoutTo ? undefined : commandFrame(command);
    const result = frame && (await runInSession(pool, frame, shell.name, command, options, clock));
    return result ?? shell.run(command, options);
  };

  return {
    name: shell.name,
    run,
    open: (command) => pool.withRoom(() => shell.open(command)),
    async writeFile(path, content, mode) {
      if (contentBytes(content) <= SMALL_FILE_BYTES) {
        const result = await run(writeFileCommand(path, content, mode));
        if (writeFileFailure(result) === undefined) return;
      }
      // It also words the failure, with the class of errors that the machine has.
      await shell.writeFile(path, content, mode);
    },
    connect: (host, port, signal) => shell.connect(host, port, signal),
    async close(isEnding) {
      if (!isEnding) await pool.close();
      await shell.close(isEnding);
    },
  };
}

/** Undefined when no session has looked at the command. */
async function runInSession(
  pool: SessionPool,
  frame: Frame,
  machine: string,
  command: Command,
  options: RunOptions,
  clock: Clock,
): Promise<CommandResult | undefined> {
  const over = new AbortController();
  const stop = stopReason(machine, command, options.signal, clock, over.signal);
  try {
    const taken = await takeUntil(stop, pool, command);
    if (taken === undefined || "refused" in taken) return taken?.refused;
    const line = taken.session.start(frame);
    try {
      const result = await runUntil(stop, line, machine, { argv: command.argv }, options, clock);
      return line.begun() ? result : undefined;
    } finally {
      pool.give(taken);
    }
  } finally {
    over.abort();
  }
}

/** Waits for a session; one that comes too late is the next command's. */
async function takeUntil(stop: Promise<FarmError>, pool: SessionPool, command: Command): Promise<Taken> {
  const taking = pool.take(command.become);
  const first = await Promise.race([taking, stop]);
  if (!(first instanceof FarmError)) return first;
  void taking.then((taken) => taken && "session" in taken && pool.give(taken));
  throw first;
}
