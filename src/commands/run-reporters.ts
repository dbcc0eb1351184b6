import { resolve } from "node:path";
import type { Command } from "commander";
import type { Reporter } from "../report/emitter.js";
import { htmlReporter } from "../report/html-reporter.js";
import { jsonReporter } from "../report/json-reporter.js";
import { junitReporter } from "../report/junit-reporter.js";
import { textReporter } from "../report/text-reporter.js";
import type { CommandContext } from "./context.js";
import { formatOption } from "./options.js";
import { runsDirectory } from "./state-directory.js";

/** The options that say where and how a run is shown. */
export interface ReportOptions {
  readonly format: "text" | "json";
  readonly junit?: string;
  readonly report?: string;
}

/** Adds them to a command; what `command.opts()` returns is then a ReportOptions. */
export const withReportOptions = (command: Command): Command =>
  command
    .option("--junit <file>", "write the results as JUnit XML")
    .option("--report <dir>", "write the results as one HTML file, index.html in DIR")
    .addOption(formatOption());

/**
 * Everything that shows a run besides its log directory: the screen first, then the files that were asked for.
 * @param logs the run's log directory, which the HTML report is made from
 */
export function runReporters(options: ReportOptions, context: CommandContext, logs: Reporter): Reporter[] {
  const { stdout, stderr, terminal } = context;
  const { format, junit, report } = options;
  const screen = format === "json" ? jsonReporter(stdout) : textReporter(stdout, terminal);
  const files: Reporter[] = junit === undefined ? [] : [junitReporter(resolve(junit))];
  const warn = (warning: string) => stderr(`farm: warning: ${warning}\n`);
  if (report !== undefined) files.push(htmlReporter(logs, { output: resolve(report), runsDirectory, warn }));
  return [screen, ...files];
}
