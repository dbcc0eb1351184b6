import type { Command } from "commander";
import type { HypervisorState } from "../dispatch/model.js";
import type { Mended } from "../expand/mended.js";
import type { OwnCallback } from "../images/recipe/image-recipe.js";
import { imageWork } from "../images/recipe/recipe.js";
import { usualState } from "../libvirt/inspect/usual-state.js";
import { FILE_PHASES } from "../phases.js";
import { misspeltVariables } from "../project/misspelt.js";
import type { Project, VmBlueprint } from "../project/project.js";
import { unreadDefinitions } from "../project/unread.js";
import { loadCallbacks, ownCallbacks } from "../provision/plan/load-callbacks.js";
import { checkedTemplates, loadPhases, type VmPhases } from "../provision/plan/make-plan.js";
import { Problems } from "../values/problems.js";
import type { CommandContext } from "./context.js";
import { lackingModules } from "./lacking-modules.js";
import { type FarmOptions, withFarmOptions } from "./options.js";
import { readProject, type Secrecy, withSecrets } from "./prepare.js";

/** `farm validate`: whether a project makes sense, as far as can be told without asking a hypervisor. */
export function addValidate(program: Command, context: CommandContext): void {
  withFarmOptions(program.command("validate"))
    .description("check inventory, variables, definitions and task files, without asking a hypervisor")
    .addHelpText(
      "after",
      "\nAll mistakes are told at once, with file, line and column. Exit codes: 0 none, 2 some.\n\nExample:\n  $ farm validate -i inv.yaml --vars vars/vde.yaml",
    )
    .action((options: FarmOptions) =>
      withSecrets(context.stop, async (secrecy) => context.stdout(await validate(options, secrecy))),
    );
}

/** @returns what was checked @throws ConfigError(s) with every mistake */
async function validate(options: FarmOptions, secrecy: Secrecy): Promise<string> {
  const project = await readProject(options, secrecy);
  const problems = new Problems();
  const phases = await problems.attemptAsync(() => loadPhases(project));
  const states = project.hypervisors.map(({ name }) => usualState(name));
  const callbacks = project.vms.flatMap((vm) => problems.attempt(() => checkDefinition(vm, states)) ?? []);
  await problems.attemptAsync(() => loadCallbacks(callbacks, project));
  problems.throwIfAny();
  const all = [...(phases?.values() ?? [])];
  const tasks = new Set(all.flatMap(({ found }) => Object.values(found)).filter((file) => file !== null))
    .size;
  const notes = [
    ...lackingModules(all),
    ...unreadDefinitions(project).map(unread),
    ...misspeltVariables(project),
    ...idle(project, phases ?? new Map()),
  ];
  return `${notes.map((note) => `note: ${note}\n`).join("")}nothing wrong: ${count(project, tasks)}\n`;
}

const unread = (file: string): string =>
  `${file} is not read: a definition of that name comes from elsewhere, and parse_lookup_dir_path is not set`;

/** VMs of which a run would only see that they boot. */
function idle({ vms }: Project, phases: ReadonlyMap<string, VmPhases>): string[] {
  const hasNone = ({ name }: Project["vms"][number]) =>
    Object.values(phases.get(name)?.found ?? {}).every((file) => file === null);
  return vms.filter(hasNone).map(({ name, settings: { phasesDirectory } }) => {
    const where =
      phasesDirectory === undefined
        ? "phases_lookup_dir_path is not set"
        : `there is no ${FILE_PHASES.join(".yaml, ")}.yaml for it in '${phasesDirectory}'`;
    return `nothing would run in '${name}': ${where}`;
  });
}

const count = ({ vms, hypervisors }: Project, files: number): string =>
  [
    [vms.length, "VM"],
    [hypervisors.length, "hypervisor"],
    [files, "phase file"],
  ]
    .map(([n, noun]) => `${n} ${noun}${n === 1 ? "" : "s"}`)
    .join(", ");

/**
 * Good on one hypervisor is good: what is asked of the others only they can tell.
 * @returns the callbacks of the user's @throws ConfigError(s)
 */
function checkDefinition(vm: VmBlueprint, states: readonly HypervisorState[]): OwnCallback[] {
  let first: unknown;
  for (const state of states) {
    try {
      const problems = new Problems();
      const { domainType = "qemu" } = problems.attempt(() => vm.requirements(state)) ?? {};
      const sound = problems.attempt(() => vm.define(state, domainType));
      const judged = sound ? { definition: sound } : problems.attempt(() => vm.mended(state, domainType));
      const work = judged && problems.attempt(() => imagesOf(vm, judged));
      if (sound) problems.attempt(() => checkedTemplates(vm, sound));
      problems.throwIfAny();
      return work ? ownCallbacks(work) : [];
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

function imagesOf(vm: VmBlueprint, { definition, original }: Partial<Mended> & Pick<Mended, "definition">) {
  return imageWork(definition, (path) => vm.locate(original?.(path) ?? path), vm.files);
}
