import { type Command, Option } from "commander";
import type { CommandContext } from "../context.js";
import {
  timeoutOption,
  wholeNumber,
  withChoiceOptions,
  withFarmOptions,
  withFreshOptions,
  withInstanceOption,
  withTagOptions,
} from "../options.js";
import { readWithPhases, type Secrecy, withSecrets } from "../prepare.js";
import { terminalFor } from "../user-terminal.js";
import { withReportOptions } from "./run-reporters.js";
import { type RunOptions, RunSession } from "./run-session.js";
import { runTime } from "./run-time.js";

/** `farm run`: builds the farm, runs the phases, takes it down again. */
export function addRun(program: Command, context: CommandContext): void {
  const command = withFreshOptions(
    withTagOptions(withChoiceOptions(withFarmOptions(program.command("run")))),
  );
  withReportOptions(withInstanceOption(command))
    .description("build the farm, run the project's phases in every VM, and take it down again")
    .option("--keep", "leave the VMs running afterwards; 'farm down' removes them")
    .addOption(
      new Option(
        "--on-failure <what>",
        "keep: leave the VMs running that did not pass; shell: first a shell in the first of them",
      ).choices(["keep", "shell"]),
    )
    .option(
      "--retry <n>",
      "try a VM that did not pass again, up to n times; then it is flaky",
      wholeNumber,
      0,
    )
    .option("--fail-on-flaky", "exit code 1 also where a VM passed only when it was tried again")
    .option(
      "--artifacts <dir>",
      "put the files that the variable 'artifacts' names, and those that fetch takes, into DIR/VM/",
    )
    .addOption(timeoutOption("stop the whole run, as Ctrl-C does, after that time; wins over run_timeout"))
    .option("--no-wait", "fail at once where another farm works on the same VM")
    .option("-D, --diff", "show what tasks change in files")
    .option("--run-dir <dir>", "where to put the logs of this run")
    .addHelpText(
      "after",
      "\nExit codes: 0 every VM passed, 1 a phase failed in a guest, 2 usage or configuration, 3 the farm itself failed,\n4 both 1 and 3, 124 the run's time was over, 130 interrupted.\n\nExamples:\n  $ farm run -i inventories/test-farm.yaml --vars vars/vde.yaml\n  $ farm run -i inv.yaml --limit 'debian_12:&amd64' --junit results.xml --keep",
    )
    .action(async (options: RunOptions) =>
      context.exit(await withSecrets(context.stop, (secrecy) => run(options, context, secrecy))),
    );
}

/** @returns the exit code @throws ConfigError(s) before anything was touched */
async function run(options: RunOptions, context: CommandContext, secrecy: Secrecy): Promise<number> {
  const terminal = options.onFailure === "shell" ? terminalFor("--on-failure shell") : undefined;
  const read = await readWithPhases(options, secrecy, true);
  const time = runTime(options.timeout, read.project.runLimit, context.stop);
  const limited = { ...context, stop: time.stop };
  const session = new RunSession(read, options, limited, secrecy.secrets, terminal, time.ended);
  return session.run();
}
