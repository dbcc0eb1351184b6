import type { Clock } from "../clock.js";
import type { FarmError } from "../errors.js";
import { checkContent, contentBytes } from "./content.js";
import { plainText } from "./plain-text.js";
import { interrupted, openStarted, runStarted } from "./run-line.js";
import type { StdinKind } from "./script.js";
import type { Command, Shell } from "./shell.js";
import type { StartedLine } from "./started-line.js";
import { writeFileCommand, writeFileFailure } from "./write-file.js";

/** A line that nobody but this process keeps. */
export interface OwnLine extends StartedLine {
  /** As a lost connection does: ends what runs, and the outcome counts as unknown. */
  abandon(): void;
}

interface LineMachine {
  readonly name: string;
  /** Starts the line of a command. */
  readonly start: (command: Command, stdin: StdinKind) => Promise<OwnLine>;
  /** An error of the machine's class. */
  readonly failure: (message: string) => FarmError;
  readonly clock?: Clock;
}

/** A machine where every command is a line of its own; `close` gives up those that still run. */
export function lineShell({ name, start, failure, clock }: LineMachine): Omit<Shell, "connect"> {
  const lines = new Set<OwnLine>();
  const begin = async (command: Command, stdin: StdinKind): Promise<OwnLine> => {
    const line = await start(command, stdin);
    lines.add(line);
    void line.exited.then(() => lines.delete(line));
    return line;
  };
  const run: Shell["run"] = async (command, options) => {
    if (options?.signal?.aborted) throw interrupted(name, command);
    await checkContent(command.stdin);
    const line = await begin(command, { bytes: contentBytes(command.stdin) });
    return runStarted(line, name, command, options, clock);
  };
  return {
    name,
    run,
    open: async (command) => openStarted(await begin(command, "stream"), command, clock),
    async writeFile(path, content, mode) {
      const why = writeFileFailure(await run(writeFileCommand(path, content, mode)));
      if (why) throw failure(`cannot write '${path}' on '${name}': ${plainText(why)}`);
    },
    async close() {
      for (const line of lines) line.abandon();
    },
  };
}
