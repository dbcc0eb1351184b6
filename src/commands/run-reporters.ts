import { resolve } from "node:path";
import type { Command } from "commander";
import type { Reporter } from "../report/emitter.js";
import { junitReporter } from "../report/junit-reporter.js";
import type { CommandContext } from "./context.js";
import { formatOption } from "./options.js";
import { type DetailOptions, screenReporter, withDetailOptions } from "./screen-reporter.js";

/** The options that say where and how a run is shown. */
export interface ReportOptions extends DetailOptions {
  readonly junit?: string;
}

/** Adds them to a command; what `command.opts()` returns is then a ReportOptions. */
export const withReportOptions = (command: Command): Command =>
  withDetailOptions(command)
    .option("--junit <file>", "write the results as JUnit XML")
    .addOption(formatOption());

/** Everything that shows a run besides its log directory: the screen first, then the files that were asked for. */
export function runReporters(options: ReportOptions, context: CommandContext): Reporter[] {
  const screen = screenReporter(options, context, "beside-live");
  const files = options.junit === undefined ? [] : [junitReporter(resolve(options.junit))];
  return [screen, ...files];
}
