#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { addApply } from "./commands/apply.js";
import { addCompletion } from "./commands/completion.js";
import type { CommandContext } from "./commands/context.js";
import { addCp } from "./commands/cp.js";
import { addDoc } from "./commands/doc.js";
import { addDoctor } from "./commands/doctor.js";
import { addDown } from "./commands/down.js";
import { addGc } from "./commands/gc.js";
import { addGraph } from "./commands/graph.js";
import { addInit } from "./commands/init.js";
import { addLogs } from "./commands/logs.js";
import { addLs } from "./commands/ls.js";
import { addPlan } from "./commands/plan.js";
import { addPower } from "./commands/power.js";
import { addReport } from "./commands/report.js";
import { addRun } from "./commands/run.js";
import { addSsh } from "./commands/ssh.js";
import { addSshConfig } from "./commands/ssh-config.js";
import { addValidate } from "./commands/validate.js";
import { asFarmError, describeError, InternalError, InterruptedError } from "./errors.js";
import { versions } from "./package.js";
import { noCommands } from "./report/ci/no-commands.js";

/** In the order of the help. */
const COMMANDS = [
  ...[addPlan, addGraph, addRun, addValidate, addApply],
  ...[addSsh, addSshConfig, addCp, addPower, addLogs, addReport],
  ...[addLs, addGc, addDown],
  ...[addDoctor, addInit, addDoc, addCompletion],
];
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
  const program = new Command("farm")
    .description(
      "Run a project's phases on a farm of virtual machines: every platform x target, in parallel.",
    )
    .option("-V, --version", "tell the versions of farm and of what it runs on")
    .on("option:version", () => {
      context.stdout(versions());
      throw new CommanderError(0, "farm.version", "told");
    })
    .showSuggestionAfterError()
    .exitOverride();
  for (const add of COMMANDS) add(program, context);
  for (const command of program.commands)
    command.exitOverride().showHelpAfterError("(add --help for the options)");
  await program.parseAsync(argv as string[]);
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
