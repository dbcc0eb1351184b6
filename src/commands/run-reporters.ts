import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { githubReporter, gitlabReporter } from "../report/ci/ci-reporter.js";
import { noCommands, noCommandsInJson } from "../report/ci/no-commands.js";
import type { Reporter } from "../report/emitter.js";
import { jsonReporter } from "../report/json-reporter.js";
import { junitReporter } from "../report/junit-reporter.js";
import { tapFileReporter, tapReporter } from "../report/tap-reporter.js";
import { textReporter } from "../report/text-reporter.js";
import { type CiKind, ciKind } from "./ci-kind.js";
import type { CommandContext } from "./context.js";

/** The options that say where and how a run is shown. */
export interface ReportOptions {
  readonly format: "text" | "json" | "tap";
  readonly junit?: string;
  readonly tap?: string;
  readonly ci: CiKind | "auto";
}

/** Adds them to a command; what `command.opts()` returns is then a ReportOptions. */
export const withReportOptions = (command: Command): Command =>
  command
    .option("--junit <file>", "write the results as JUnit XML")
    .option("--tap <file>", "write the results as TAP 14")
    .addOption(
      new Option("--ci <kind>", "write a CI's annotations, sections and summary")
        .choices(["auto", "github", "gitlab", "off"])
        .default("auto"),
    )
    .addOption(
      new Option("--format <format>", "how to print").choices(["text", "json", "tap"]).default("text"),
    );

/** Everything that shows a run besides its log directory: the screen first, then the files that were asked for. */
export function runReporters(
  options: ReportOptions,
  context: CommandContext,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Reporter[] {
  const junit = options.junit ?? gitlabJunit(options, env);
  return [
    ciScreen(options, context, env),
    ...(junit === undefined ? [] : [junitReporter(resolve(junit))]),
    ...(options.tap === undefined ? [] : [tapFileReporter(resolve(options.tap))]),
  ];
}

/** The file that docs/ci/gitlab-ci.yml gives to GitLab as its report. */
const gitlabJunit = ({ ci }: ReportOptions, env: Env): string | undefined =>
  ciKind(ci, env) === "gitlab" ? resolve(env["CI_PROJECT_DIR"] ?? ".", "farm-junit.xml") : undefined;

type Env = Readonly<Record<string, string | undefined>>;

function ciScreen(options: ReportOptions, context: CommandContext, env: Env): Reporter {
  const { stdout, stderr } = context;
  const kind = ciKind(options.ci, env);
  // With --ci off too: a runner obeys whatever stands in its log.
  const watched = ciKind("auto", env) !== "off" || kind !== "off";
  const screen = screenOf(options, context, watched);
  const folds = options.format === "text";
  if (kind === "gitlab") return gitlabReporter({ screen, write: stdout, folds });
  if (kind === "off") return screen;
  const places = { cwd: process.cwd(), workspace: env["GITHUB_WORKSPACE"] ?? process.cwd() };
  return githubReporter(
    { screen, write: stdout, folds },
    folds ? stdout : stderr,
    places,
    env["GITHUB_STEP_SUMMARY"],
  );
}

function screenOf(
  { format }: ReportOptions,
  { stdout, terminal }: CommandContext,
  watched: boolean,
): Reporter {
  const write = (clean: (text: string) => string) =>
    watched ? (text: string) => stdout(clean(text)) : stdout;
  if (format === "json") return jsonReporter(write(noCommandsInJson));
  if (format === "tap") return tapReporter(write(noCommands));
  return textReporter(write(noCommands), terminal);
}
