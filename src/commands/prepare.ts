import { systemClock } from "../clock.js";
import { loadProject, type Project } from "../load/project.js";
import { askHypervisors, type Hypervisors } from "../provision/hypervisors.js";
import { loadPhases, makePlan, type PlannedVm, type VmPhases } from "../provision/make-plan.js";
import type { Emit } from "../report/events.js";
import type { FarmOptions } from "./options.js";

/** A project with the task files of all its VMs: everything that is known without asking a hypervisor. */
export interface ReadProject {
  readonly project: Project;
  readonly phases: ReadonlyMap<string, VmPhases>;
}

/** Reads a project's inventory, variables and definitions. @throws ConfigError(s) */
export async function readProject(options: FarmOptions): Promise<Project> {
  const { inventory, vars, extraVars, limit } = options;
  return loadProject({ inventory, vars, extraVars, limit, cwd: process.cwd() });
}

/** The same with all task files, checked. @throws ConfigError(s) */
export async function readWithPhases(options: FarmOptions): Promise<ReadProject> {
  const project = await readProject(options);
  return { project, phases: await loadPhases(project) };
}

/** A plan with the connections that it was made through; to be closed by whoever gets it. */
export interface Prepared {
  readonly plan: readonly PlannedVm[];
  readonly hypervisors: Hypervisors;
}

/** All that comes before a VM is touched, the same for `plan` and `run`. @throws ConfigError(s) */
export async function prepare(
  { project, phases }: ReadProject,
  emit: Emit,
  signal: AbortSignal,
): Promise<Prepared> {
  const hypervisors = await askHypervisors(project.hypervisors, { emit, clock: systemClock, signal });
  try {
    signal.throwIfAborted();
    return { plan: makePlan(project, phases, hypervisors.states), hypervisors };
  } catch (error) {
    await hypervisors.close();
    throw error;
  }
}
