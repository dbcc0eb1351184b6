import { type Command, Option } from "commander";
import { systemClock } from "../../clock.js";
import { asFarmError, HypervisorError, withHint } from "../../errors.js";
import type { Project } from "../../project/project.js";
import { removeOwned } from "../../provision/garbage/remove-owned.js";
import { askHypervisors } from "../../provision/hypervisors.js";
import type { HypervisorSession } from "../../provision/model.js";
import { harmless } from "../../report/harmless.js";
import { warningsTo } from "../../report/warning.js";
import type { CommandContext } from "../context.js";
import { nothingToRemove } from "../nothing-to-remove.js";
import {
  type FarmOptions,
  formatOption,
  type InstanceOption,
  withFarmOptions,
  withInstanceOption,
} from "../options.js";
import { readProject, type Secrecy, withSecrets } from "../prepare.js";

interface DownOptions extends FarmOptions, InstanceOption {
  readonly allInstances?: boolean;
}

/** `farm down`: takes away the VMs of a plan with everything farm made for them, wherever they are. */
export function addDown(program: Command, context: CommandContext): void {
  withInstanceOption(withFarmOptions(program.command("down")))
    .description("remove the VMs of the plan with everything farm made for them, and nothing else")
    .addOption(
      new Option("--all-instances", "those of every --instance too, also of forgotten ones").conflicts(
        "instance",
      ),
    )
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nWithout --instance and --all-instances it takes the VMs that are of no instance, and says which others are left.\n\nExamples:\n  $ farm down -i inv.yaml\n  $ farm down -i inv.yaml --limit debian_12_amd64\n  $ farm down -i inv.yaml --all-instances",
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

/** A VM of the plan that was not meant, for it is of another instance, or of none where one was named. */
interface LeftVm {
  readonly vm: string;
  readonly hypervisor: string;
  readonly instance: string | null;
}

interface Result {
  readonly removals: readonly Removal[];
  readonly left: readonly LeftVm[];
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
  const wanted = (instance: string | undefined) =>
    options.allInstances === true || instance === options.instance;
  const results = mask(
    await Promise.all(
      [...hypervisors.sessions.values()].map((session) => removeFrom(session, project, wanted, stop)),
    ),
  );
  await hypervisors.close();
  const removals = results.flatMap((each) => each.removals);
  const left = results.flatMap((each) => each.left);
  const failures = removals.flatMap(({ error }) => error ?? []);
  if (options.format === "json") stdout(`${JSON.stringify({ removals, left, problems: mask(problems) })}\n`);
  else stdout(downText(removals, problems.length === 0) + leftText(left));
  for (const problem of [...problems, ...failures]) stderr(`farm: ${harmless(problem)}\n`);
  return problems.length + failures.length === 0 ? 0 : 3;
}

async function removeFrom(
  session: HypervisorSession,
  project: Project,
  wanted: (instance: string | undefined) => boolean,
  signal: AbortSignal,
): Promise<Result> {
  const where = { hypervisor: session.name };
  try {
    const vms = new Set(project.vms.map(({ name }) => name));
    const { removed, left } = await removeOwned(session, project, { vms, wanted }, signal);
    const removals = removed.map(({ vm, error }) => ({
      ...where,
      vm,
      removed: error === undefined,
      ...(error !== undefined && { error: withHint(error) }),
    }));
    return { removals, left: left.map(({ vm, instance = null }) => ({ ...where, vm, instance })) };
  } catch (thrown) {
    const error = asFarmError(thrown);
    if (!(error instanceof HypervisorError)) throw error;
    const failed = { ...where, vm: "*", removed: false, error: `'${session.name}': ${error.message}` };
    return { removals: [failed], left: [] };
  }
}

const downText = (removals: readonly Removal[], complete: boolean): string =>
  removals.length === 0
    ? nothingToRemove(complete)
    : removals
        .filter(({ removed }) => removed)
        .map(({ vm, hypervisor }) => `removed ${harmless(vm)} from ${hypervisor}\n`)
        .join("");

/** Nobody else tells of VMs that were forgotten. */
const leftText = (left: readonly LeftVm[]): string =>
  left
    .map(({ vm, hypervisor, instance }) => {
      const [of, how] =
        instance === null
          ? ["no instance", "without --instance"]
          : [`instance '${harmless(instance)}'`, `with --instance ${harmless(instance)}`];
      return `left ${harmless(vm)} of ${of} on ${hypervisor}: 'farm down' ${how}, or with --all-instances, removes it\n`;
    })
    .join("");
