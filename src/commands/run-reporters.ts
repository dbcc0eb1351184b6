import { resolve } from "node:path";
import type { Command } from "commander";
import type { Reporter } from "../report/emitter.js";
import { junitReporter } from "../report/junit-reporter.js";
import { expectedFrom } from "../report/live/expected.js";
import { pastRuns } from "../report/run-history.js";
import type { CommandContext } from "./context.js";
import { formatOption } from "./options.js";
import { type DetailOptions, screenReporter, withDetailOptions } from "./screen-reporter.js";

/** The options that say where and how a run is shown. */
export interface ReportOptions extends DetailOptions {
  readonly inventory: string;
  readonly junit?: string;
}

/** Adds them to a command; what `command.opts()` returns is then a ReportOptions. */
export const withReportOptions = (command: Command): Command =>
  withDetailOptions(command)
    .option("--junit <file>", "write the results as JUnit XML")
    .addOption(formatOption());

const RUNS_FOR_ESTIMATE = 5;

/** Everything that shows a run besides its log directory: the screen first, then the files that were asked for. @param runs the earlier ones' directory */
export function runReporters(options: ReportOptions, context: CommandContext, runs: string): Reporter[] {
  const { inventory } = options;
  // What cannot be read of earlier runs only makes the time that is left unknown.
  const expected = async () => expectedFrom((await pastRuns(runs, RUNS_FOR_ESTIMATE)).runs);
  const screen = screenReporter(options, context, { besideLive: "beside-live", inventory, expected });
  const files = options.junit === undefined ? [] : [junitReporter(resolve(options.junit))];
  return [screen, ...files];
}
