import type { Command } from "commander";
import { systemClock } from "../clock.js";
import { applyTasks } from "../provision/kept/apply-tasks.js";
import { emitter, fromFirstEvent } from "../report/emitter.js";
import type { TimeLimit } from "../time-limit.js";
import type { CommandContext } from "./context.js";
import {
  formatOption,
  type InstanceOption,
  type TagOptions,
  tagChoice,
  timeoutOption,
  type VariableOptions,
  withInstanceOption,
  withTagOptions,
  withVariableOptions,
} from "./options.js";
import { askUser, readInventory, readProject, type Secrecy, withSecrets } from "./prepare.js";
import { runTime, stoppedBy } from "./run/run-time.js";
import { type DetailOptions, screenReporter, withDetailOptions } from "./screen-reporter.js";

interface ApplyOptions extends VariableOptions, InstanceOption, TagOptions, DetailOptions {
  readonly inventory?: string;
  readonly on: string;
  readonly check?: boolean;
  readonly diff?: boolean;
  readonly timeout?: TimeLimit;
}

/** `farm apply`: runs one task file on one machine. */
export function addApply(program: Command, context: CommandContext): void {
  const command = program
    .command("apply")
    .argument("<file>", "task file or playbook")
    .description("run a task file on localhost, a hypervisor, a host of the inventory, or a VM that was kept")
    .option("--on <name>", "the machine", "localhost")
    .option("-i, --inventory <file>", "Ansible YAML inventory that knows the machine");
  withDetailOptions(withInstanceOption(withTagOptions(withVariableOptions(command))))
    .option("-C, --check", "change nothing; tell what would change")
    .option("-D, --diff", "show what changes in files")
    .addOption(timeoutOption("end the task at work after that time, and run no more"))
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExit codes: 0 all tasks passed, 1 a task failed, 2 usage or configuration, 3 the machine could not be worked on,\n124 the time was over, 130 interrupted.\n\nExamples:\n  $ farm apply phases/dependencies.yaml --check --diff\n  $ farm apply phases/main.yaml --on debian_12_amd64 -i inv.yaml",
    )
    .action(async (file: string, options: ApplyOptions) =>
      context.exit(await withSecrets(context.stop, (secrecy) => apply(file, options, context, secrecy))),
    );
}

async function apply(
  file: string,
  options: ApplyOptions,
  context: CommandContext,
  secrecy: Secrecy,
): Promise<number> {
  const { secrets } = secrecy;
  const inventory = await readInventory(options, secrecy);
  const time = runTime(options.timeout, undefined, context.stop);
  // A question for a variable comes before anything is drawn.
  const screen = fromFirstEvent(() => screenReporter(options, context, { besideLive: "normal" }));
  const work = applyTasks(file, options.on, {
    inventory,
    project: (path) => readProject({ ...options, inventory: path }, secrecy),
    secrets,
    answer: askUser(secrecy, inventory.extraVariables),
    emit: emitter([screen], () => systemClock.now(), secrets),
    clock: systemClock,
    signal: time.stop,
    check: options.check ?? false,
    diff: options.diff ?? false,
    tags: tagChoice(options),
    instance: options.instance,
  });
  try {
    return await work.catch((error: unknown) => {
      throw stoppedBy(time.stop, error);
    });
  } finally {
    time.ended();
    await screen.close?.();
  }
}
