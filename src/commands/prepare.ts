import { systemClock } from "../clock.js";
import { loadProject, type Project } from "../load/project.js";
import { askHypervisors, type Hypervisors } from "../provision/hypervisors.js";
import { loadPhases, makePlan, type PlannedVm } from "../provision/make-plan.js";
import type { Emit } from "../report/events.js";
import type { FarmOptions } from "./options.js";

/** Reads a project with all its files. @throws ConfigError(s) */
export async function readProject(options: FarmOptions): Promise<Project> {
  const { inventory, vars, extraVars, limit } = options;
  return loadProject({ inventory, vars, extraVars, limit, cwd: process.cwd() });
}

/** A plan with the connections that it was made through; to be closed by whoever gets it. */
export interface Prepared {
  readonly project: Project;
  readonly plan: readonly PlannedVm[];
  readonly hypervisors: Hypervisors;
}

/** All that comes before a VM is touched, the same for `plan` and `run`. @throws ConfigError(s) */
export async function prepare(project: Project, emit: Emit, signal: AbortSignal): Promise<Prepared> {
  const phases = await loadPhases(project);
  const hypervisors = await askHypervisors(project.hypervisors, { emit, clock: systemClock, signal });
  try {
    signal.throwIfAborted();
    return { project, plan: makePlan(project, phases, hypervisors.states), hypervisors };
  } catch (error) {
    await hypervisors.close();
    throw error;
  }
}
