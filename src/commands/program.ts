import { Command, CommanderError, Help, type Option } from "commander";
import { versions } from "../package.js";
import { addApply } from "./apply.js";
import { addCompletion } from "./completion/completion.js";
import type { CommandContext } from "./context.js";
import { addDoc } from "./doc/doc.js";
import { addDoctor } from "./doctor.js";
import { addInit } from "./init.js";
import { addConsole } from "./kept/console.js";
import { addCp } from "./kept/cp.js";
import { addDown } from "./kept/down.js";
import { addLogs } from "./kept/logs.js";
import { addPower } from "./kept/power.js";
import { addSsh } from "./kept/ssh.js";
import { addSshConfig } from "./kept/ssh-config.js";
import { addGc } from "./ls/gc.js";
import { addLs } from "./ls/ls.js";
import { addGraph } from "./plan/graph.js";
import { addPlan } from "./plan/plan.js";
import { addReport } from "./report.js";
import { addRun } from "./run/run.js";
import { addValidate } from "./validate.js";

/** In the order of the help. */
const COMMANDS = [
  ...[addPlan, addGraph, addRun, addValidate, addApply],
  ...[addSsh, addConsole, addSshConfig, addCp, addPower, addLogs, addReport],
  ...[addLs, addGc, addDown],
  ...[addDoctor, addInit, addDoc, addCompletion],
];

/** That a repeatable option is not given by itself tells nobody anything. */
const optionDescription = (option: Option): string =>
  new Help().optionDescription(option).replace(" (default: [])", "");

/** The command line: every command with its options, help and examples. */
export function farmProgram(context: CommandContext): Command {
  const program = new Command("farm")
    .description(
      "Run a project's phases on a farm of virtual machines: every platform x target, in parallel.",
    )
    .option("-V, --version", "tell the versions of farm and of what it runs on")
    .on("option:version", () => {
      context.stdout(versions());
      throw new CommanderError(0, "farm.version", "told");
    })
    .configureHelp({ optionDescription })
    .showSuggestionAfterError()
    .exitOverride();
  for (const add of COMMANDS) add(program, context);
  for (const command of program.commands)
    command.exitOverride().showHelpAfterError("(add --help for the options)");
  return program;
}
