import { resolve } from "node:path";
import type { Command } from "commander";
import type { Reporter } from "../report/emitter.js";
import { jsonReporter } from "../report/json-reporter.js";
import { junitReporter } from "../report/junit-reporter.js";
import { textReporter } from "../report/text-reporter.js";
import type { CommandContext } from "./context.js";
import { formatOption } from "./options.js";

/** The options that say where and how a run is shown. */
export interface ReportOptions {
  readonly format: "text" | "json";
  readonly junit?: string;
}

/** Adds them to a command; what `command.opts()` returns is then a ReportOptions. */
export const withReportOptions = (command: Command): Command =>
  command.option("--junit <file>", "write the results as JUnit XML").addOption(formatOption());

/** Everything that shows a run besides its log directory: the screen first, then the files that were asked for. */
export function runReporters(options: ReportOptions, { stdout, terminal }: CommandContext): Reporter[] {
  const screen = options.format === "json" ? jsonReporter(stdout) : textReporter(stdout, terminal);
  const files = options.junit === undefined ? [] : [junitReporter(resolve(options.junit))];
  return [screen, ...files];
}
