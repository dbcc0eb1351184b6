import type { Command } from "commander";
import { systemClock } from "../../clock.js";
import type { Project, VmBlueprint } from "../../project/project.js";
import { askHypervisors } from "../../provision/hypervisors.js";
import { findKept, type KeptVm } from "../../provision/kept/find-kept.js";
import { harmless } from "../../report/harmless.js";
import { warningsTo } from "../../report/warning.js";
import type { CommandContext } from "../context.js";
import {
  type InstanceOption,
  type VariableOptions,
  withInstanceOption,
  withInventory,
  withVariableOptions,
} from "../options.js";
import { readProject, type Secrecy } from "../prepare.js";

/** The options of a command about VMs that were kept. */
export interface KeptOptions extends VariableOptions, InstanceOption {
  readonly inventory: string;
}

/** Adds them to a command; what `command.opts()` returns is then a KeptOptions. */
export const withKeptOptions = (command: Command): Command =>
  withInstanceOption(withVariableOptions(withInventory(command)));

/** The project that a command's inventory describes. @throws ConfigError(s) */
export const keptProject = (
  options: KeptOptions & { readonly limit?: string },
  secrecy: Secrecy,
): Promise<Project> => readProject(options, secrecy);

/**
 * Looks for VMs on all hypervisors, and lets go of the connections when the work is done. A hypervisor that does not answer is a warning.
 * @param work gets those of the VMs that there are @throws what it throws
 */
export async function withKept<T>(
  vms: readonly VmBlueprint[],
  project: Project,
  options: KeptOptions,
  { stderr, stop }: CommandContext,
  work: (kept: readonly KeptVm[]) => Promise<T>,
): Promise<T> {
  const emit = warningsTo(stderr);
  const hypervisors = await askHypervisors(project.hypervisors, { emit, clock: systemClock, signal: stop });
  try {
    for (const { name, reachable, error } of hypervisors.states)
      if (!reachable) stderr(`farm: ${harmless(`'${name}' was not asked: ${error}`)}\n`);
    const sessions = [...hypervisors.sessions.values()];
    return await work(await findKept(vms, project, options.instance, sessions, stop));
  } finally {
    await hypervisors.close();
  }
}
