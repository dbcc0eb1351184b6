import type { HypervisorState, Placement, VmRequest, Warmth } from "../../dispatch/model.js";
import { place } from "../../dispatch/place.js";
import { ConfigError } from "../../errors.js";
import { seedDiskApart } from "../../images/access/seed-disk.js";
import type { OwnCallback } from "../../images/recipe/image-recipe.js";
import { imageWork } from "../../images/recipe/recipe.js";
import { Inputs, recordingInputs } from "../../inputs.js";
import { networkXml } from "../../libvirt/network.js";
import type { VmDefinition } from "../../load/definitions/vm-definition.js";
import type { FilePhase } from "../../phases.js";
import { findPhases } from "../../project/phases.js";
import type { Project, VmBlueprint } from "../../project/project.js";
import type { PointChoices } from "../../restore/choices.js";
import { xmlOf } from "../../restore/made-from.js";
import { loadTaskFile } from "../../tasks/read/load.js";
import type { Answer } from "../../tasks/read/prompts.js";
import { rolePlaces } from "../../tasks/read/roles-path.js";
import { Sources } from "../../tasks/read/sources.js";
import type { TaskFile } from "../../tasks/task.js";
import { Problems } from "../../values/problems.js";
import type { PlacedVm } from "../model.js";

/** The task files of one VM's phases, and where each phase was found. */
export interface VmPhases {
  readonly found: Readonly<Record<FilePhase, string | null>>;
  readonly files: PlacedVm["files"];
  readonly inputs: PlacedVm["inputs"];
}

/** A VM of the plan: with a place, or with the reasons why there is none. */
export interface PlannedVm {
  readonly blueprint: VmBlueprint;
  readonly placement: Placement;
  readonly phases: VmPhases;
  /** Present when the VM has a place. */
  readonly placed?: PlacedVm;
  /** What is to become of its restore points, as far as can be told before its image is looked at. */
  readonly choices?: PointChoices;
  /** Callbacks of the user's that need not run: what they make is there. */
  readonly there?: ReadonlySet<OwnCallback>;
}

/**
 * Finds, reads and checks the task files of all VMs, each file once.
 * @param answer asks for the variables of `vars_prompt`; without, they have their defaults
 * @throws ConfigErrors with the mistakes of all files
 */
export async function loadPhases(project: Project, answer?: Answer): Promise<ReadonlyMap<string, VmPhases>> {
  const files = new Map<string, Promise<{ readonly tasks: TaskFile; readonly inputs: Inputs }>>();
  const { directory, files: userFiles } = project;
  const sources = new Sources({
    project: directory,
    files: userFiles,
    answer,
    rolePlaces: rolePlaces(directory, process.env),
  });
  const load = async (path: string) => {
    const inputs = new Inputs();
    return { tasks: await recordingInputs(inputs, () => loadTaskFile(path, sources)), inputs };
  };
  const read = (path: string) => {
    const file = files.get(path) ?? load(path);
    files.set(path, file);
    return file;
  };
  const problems = new Problems();
  const loaded = await Promise.all(
    project.vms.map((blueprint) =>
      problems.attemptAsync(async (): Promise<[string, VmPhases]> => {
        const phases = await findPhases(project, blueprint);
        const found = Object.fromEntries(phases.map(({ name, file }) => [name, file])) as VmPhases["found"];
        const attempts = phases.map(({ name, file }) =>
          problems.attemptAsync(async () =>
            file === null ? undefined : ([name, checked(name, await read(file))] as const),
          ),
        );
        const entries = (await Promise.all(attempts)).filter((entry) => entry !== undefined);
        const files = Object.fromEntries(entries.map(([name, { tasks }]) => [name, tasks]));
        const inputs = Object.fromEntries(entries.map(([name, loaded]) => [name, loaded.inputs]));
        return [blueprint.name, { found, files, inputs }];
      }),
    ),
  );
  problems.throwIfAny();
  return new Map(loaded.filter((entry) => entry !== undefined));
}

const MAY_SAVE: readonly FilePhase[] = ["dependencies", "init"];

/** @throws ConfigError where `checkpoint` would make a point that no later run begins with */
function checked<T extends { readonly tasks: TaskFile }>(phase: FilePhase, loaded: T): T {
  const [checkpoint] = loaded.tasks.checkpoints;
  if (checkpoint && !MAY_SAVE.includes(phase))
    throw new ConfigError(`'checkpoint' is for tasks of the phases dependencies and init, not of ${phase}`, {
      position: checkpoint.position,
    });
  return loaded;
}

/**
 * Decides everything that can be decided before a VM is touched: places, definitions, images.
 * @throws ConfigErrors for definitions that cannot be evaluated
 */
export function makePlan(
  project: Project,
  phases: ReadonlyMap<string, VmPhases>,
  states: readonly HypervisorState[],
  warm: (vm: string, hypervisor: string) => Warmth | undefined = () => undefined,
): PlannedVm[] {
  const requests: VmRequest[] = project.vms.map((blueprint) => ({
    name: blueprint.name,
    requirements: (hypervisor) => blueprint.requirements(hypervisor),
    warm: (hypervisor) => warm(blueprint.name, hypervisor),
  }));
  const placements = place(requests, states);
  const byName = new Map(states.map((state) => [state.name, state]));
  const problems = new Problems();
  const vms = project.vms.flatMap((blueprint, index) => {
    const placement = placements[index];
    const vmPhases = phases.get(blueprint.name);
    if (!placement || !vmPhases) return [];
    const vm = problems.attempt(() => {
      if (placement.hypervisor === null) refuseNonsense(blueprint, states);
      return plannedVm(blueprint, placement, vmPhases, byName);
    });
    return vm ? [vm] : [];
  });
  problems.throwIfAny();
  return vms;
}

/** A definition that makes sense on no hypervisor that answered is the user's mistake, not a lack of places. */
function refuseNonsense(blueprint: VmBlueprint, states: readonly HypervisorState[]): void {
  const mistakes = states
    .filter(({ reachable }) => reachable)
    .map((state) => {
      try {
        blueprint.requirements(state);
        return undefined;
      } catch (error) {
        return error;
      }
    });
  const [first] = mistakes;
  if (first !== undefined && !mistakes.includes(undefined)) throw first;
}

/** The user's XML for a VM. @throws ConfigErrors for what farm cannot use */
export function checkedTemplates(
  blueprint: VmBlueprint,
  definition: VmDefinition,
): Pick<PlacedVm, "template" | "networkTemplate"> {
  const problems = new Problems();
  const template = problems.attempt(() => blueprint.domainTemplate(definition));
  const networkTemplate = problems.attempt(() => blueprint.networkTemplate(definition));
  if (template) problems.attempt(() => xmlOf({ definition, template, emulator: "/emulator", access: {} }));
  if (networkTemplate) problems.attempt(() => networkXml(definition, networkTemplate));
  problems.throwIfAny();
  return { template, networkTemplate };
}

function plannedVm(
  blueprint: VmBlueprint,
  placement: Placement,
  phases: VmPhases,
  states: ReadonlyMap<string, HypervisorState>,
): PlannedVm {
  const state = placement.hypervisor === null ? undefined : states.get(placement.hypervisor);
  if (!state || placement.domainType === null) return { blueprint, placement, phases };
  const defined: VmDefinition = blueprint.define(state, placement.domainType);
  const locate = (path: readonly (string | number)[]) => blueprint.locate(path);
  const { recipes, besides } = imageWork(defined, locate, blueprint.files);
  const { definition, ...disks } = seedDiskApart(defined, recipes);
  // A mistake in a template is the user's, and told before anything is touched.
  const { template, networkTemplate } = checkedTemplates(blueprint, definition);
  const common = { blueprint, name: blueprint.name, hypervisor: state.name, reason: placement.reason };
  return {
    blueprint,
    placement,
    phases,
    placed: {
      ...{ ...common, definition, template, networkTemplate, ...disks, besides, callbacks: new Map() },
      ...{ files: phases.files, inputs: phases.inputs },
    },
  };
}
