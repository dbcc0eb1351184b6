import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { githubReporter, gitlabReporter } from "../../report/ci/ci-reporter.js";
import { noCommands, noCommandsInJson } from "../../report/ci/no-commands.js";
import type { Reporter } from "../../report/emitter.js";
import { htmlReporter } from "../../report/html/html-reporter.js";
import { junitReporter } from "../../report/junit-reporter.js";
import { expectedFrom } from "../../report/live/expected.js";
import { pastRuns } from "../../report/run-history.js";
import { tapFileReporter, tapReporter } from "../../report/tap-reporter.js";
import type { CommandContext } from "../context.js";
import { type DetailOptions, screenReporter, withDetailOptions } from "../screen-reporter.js";
import { runsDirectory } from "../state-directory.js";
import { type CiKind, ciKind } from "./ci-kind.js";

/** The options that say where and how a run is shown. */
export interface ReportOptions extends Omit<DetailOptions, "format"> {
  readonly inventory: string;
  readonly format: DetailOptions["format"] | "tap";
  readonly junit?: string;
  readonly tap?: string;
  readonly report?: string;
  readonly ci: CiKind | "auto";
}

/** Adds them to a command; what `command.opts()` returns is then a ReportOptions. */
export const withReportOptions = (command: Command): Command =>
  withDetailOptions(command)
    .option("--junit <file>", "write the results as JUnit XML")
    .option("--tap <file>", "write the results as TAP 14")
    .option("--report <dir>", "write the results as one HTML file, index.html in DIR")
    .addOption(
      new Option("--ci <kind>", "write a CI's annotations, sections and summary")
        .choices(["auto", "github", "gitlab", "off"])
        .default("auto"),
    )
    .addOption(
      new Option("--format <format>", "how to print").choices(["text", "json", "tap"]).default("text"),
    );

type Env = Readonly<Record<string, string | undefined>>;

/** What a run's reporters take from where it runs. */
interface Surroundings {
  /** The directory of the project's runs. */
  readonly runs: string;
  /** The run's log directory, which the HTML report is made from. */
  readonly logs: Reporter;
  readonly env?: Env;
}

/** Everything that shows a run besides its log directory: the screen first, then the files that were asked for. */
export function runReporters(
  options: ReportOptions,
  context: CommandContext,
  { runs, logs, env = process.env }: Surroundings,
): Reporter[] {
  const { report, tap } = options;
  const junit = options.junit ?? gitlabJunit(options, env);
  const warn = (warning: string) => context.stderr(`farm: warning: ${warning}\n`);
  return [
    ciScreen(options, context, runs, env),
    ...(junit === undefined ? [] : [junitReporter(resolve(junit))]),
    ...(tap === undefined ? [] : [tapFileReporter(resolve(tap))]),
    ...(report === undefined ? [] : [htmlReporter(logs, { output: resolve(report), runsDirectory, warn })]),
  ];
}

/** The file that docs/ci/gitlab-ci.yml gives to GitLab as its report. */
const gitlabJunit = ({ ci }: ReportOptions, env: Env): string | undefined =>
  ciKind(ci, env) === "gitlab" ? resolve(env["CI_PROJECT_DIR"] ?? ".", "farm-junit.xml") : undefined;

function ciScreen(options: ReportOptions, context: CommandContext, runs: string, env: Env): Reporter {
  const { stdout, stderr } = context;
  const kind = ciKind(options.ci, env);
  // With --ci off too: a runner obeys whatever stands in its log.
  const watched = ciKind("auto", env) !== "off" || kind !== "off";
  const screen = screenOf(options, context, runs, watched);
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

const RUNS_FOR_ESTIMATE = 5;

function screenOf(options: ReportOptions, context: CommandContext, runs: string, watched: boolean): Reporter {
  const { format, inventory } = options;
  const clean = format === "json" ? noCommandsInJson : noCommands;
  const stdout = watched ? (text: string) => context.stdout(clean(text)) : context.stdout;
  if (format === "tap") return tapReporter(stdout);
  // What cannot be read of earlier runs only makes the time that is left unknown.
  const expected = async () => expectedFrom((await pastRuns(runs, RUNS_FOR_ESTIMATE)).runs);
  return screenReporter(
    { ...options, format },
    { ...context, stdout },
    { besideLive: "beside-live", inventory, expected },
  );
}
