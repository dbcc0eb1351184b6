import type { Command } from "commander";
import { systemClock } from "../clock.js";
import { asFarmError, HypervisorError } from "../errors.js";
import type { Project } from "../load/project.js";
import { askHypervisors } from "../provision/hypervisors.js";
import type { HypervisorSession } from "../provision/model.js";
import { removeOwned } from "../provision/remove-owned.js";
import { harmless } from "../report/harmless.js";
import { warningsTo } from "../report/warning.js";
import type { CommandContext } from "./context.js";
import {
  type FarmOptions,
  formatOption,
  type InstanceOption,
  withFarmOptions,
  withInstanceOption,
} from "./options.js";
import { readProject, type Secrecy, withSecrets } from "./prepare.js";

type DownOptions = FarmOptions & InstanceOption;

/** `farm down`: takes away the VMs of a plan with everything farm made for them, wherever they are. */
export function addDown(program: Command, context: CommandContext): void {
  withInstanceOption(withFarmOptions(program.command("down")))
    .description("remove the VMs of the plan with everything farm made for them, and nothing else")
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  $ farm down -i inv.yaml\n  $ farm down -i inv.yaml --limit debian_12_amd64",
    )
    .action(async (options: DownOptions) =>
      context.exit(await withSecrets(context.stop, (secrecy) => down(options, context, secrecy))),
    );
}

interface Removal {
  readonly vm: string;
  readonly hypervisor: string;
  readonly removed: boolean;
  readonly error?: string;
}

/** Exit code 0 when nothing of the plan is left on any hypervisor, 3 when that is not known. @throws ConfigError(s) */
async function down(options: DownOptions, context: CommandContext, secrecy: Secrecy): Promise<number> {
  const { stdout, stop } = context;
  const { mask } = secrecy.secrets;
  const stderr = (text: string) => context.stderr(mask(text));
  const project = await readProject(options, secrecy);
  const problems: string[] = [];
  const hypervisors = await askHypervisors(project.hypervisors, {
    clock: systemClock,
    signal: stop,
    emit: warningsTo(stderr),
  });
  for (const { name, reachable, error } of hypervisors.states)
    if (!reachable) problems.push(`'${name}' was not asked: ${error}`);
  const removals = mask(
    await Promise.all(
      [...hypervisors.sessions.values()].map((session) =>
        removeFrom(session, project, options.instance, stop),
      ),
    ),
  ).flat();
  await hypervisors.close();
  const failures = removals.flatMap(({ error }) => error ?? []);
  if (options.format === "json") stdout(`${JSON.stringify({ removals, problems: mask(problems) })}\n`);
  else stdout(downText(removals));
  for (const problem of [...problems, ...failures]) stderr(`farm: ${harmless(problem)}\n`);
  return problems.length + failures.length === 0 ? 0 : 3;
}

async function removeFrom(
  session: HypervisorSession,
  project: Project,
  instance: string | undefined,
  signal: AbortSignal,
): Promise<Removal[]> {
  const where = { hypervisor: session.name };
  try {
    const vms = new Set(project.vms.map(({ name }) => name));
    const results = await removeOwned(session, project, { vms, instance }, signal);
    return results.map(({ vm, error }) => ({
      ...where,
      vm,
      removed: error === undefined,
      ...(error !== undefined && { error: error.message }),
    }));
  } catch (thrown) {
    const error = asFarmError(thrown);
    if (!(error instanceof HypervisorError)) throw error;
    return [{ ...where, vm: "*", removed: false, error: `'${session.name}': ${error.message}` }];
  }
}

const downText = (removals: readonly Removal[]): string =>
  removals.length === 0
    ? "nothing to remove\n"
    : removals
        .filter(({ removed }) => removed)
        .map(({ vm, hypervisor }) => `removed ${harmless(vm)} from ${hypervisor}\n`)
        .join("");
