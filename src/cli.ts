#!/usr/bin/env node
import { CommanderError } from "commander";
import type { CommandContext } from "./commands/context.js";
import { farmProgram } from "./commands/program.js";
import { asFarmError, describeError, InternalError, InterruptedError } from "./errors.js";
import { noCommands } from "./report/ci/no-commands.js";

const USAGE = 2;
const INTERRUPTED = 130;

/** The first signal stops in order, the second leaves at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) {
      process.stderr.write("farm: leaving at once; 'farm down' removes what is left\n");
      process.exit(INTERRUPTED);
    }
    stop.abort(new InterruptedError("interrupted"));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  return stop.signal;
}

const canDraw = (env: NodeJS.ProcessEnv): boolean =>
  process.stdout.isTTY === true && !env["CI"] && env["TERM"] !== "dumb";

async function main(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const context: CommandContext = {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    terminal: process.stdout.isTTY === true && !process.env["NO_COLOR"],
    screen: canDraw(process.env) ? process.stdout : undefined,
    stop: stopSignal(),
    exit: (code) => {
      exitCode = code;
    },
  };
  await farmProgram(context).parseAsync(argv as string[]);
  return exitCode;
}

/** The exit code for whatever was thrown, after saying it on stderr. */
function report(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : USAGE;
  const error = asFarmError(thrown);
  process.stderr.write(`farm: ${noCommands(describeError(error))}\n`);
  if (error instanceof InternalError && process.env["FARM_DEBUG"] && error.cause instanceof Error)
    process.stderr.write(`${error.cause.stack}\n`);
  return error.exitCode;
}

// A reader that went away, as in `farm plan | head`, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

process.exitCode = await main(process.argv).catch(report);
