import { misspeltVariables } from "../../project/misspelt.js";
import { warningsTo } from "../../report/warning.js";
import type { CommandContext } from "../context.js";
import { lackingModules } from "../lacking-modules.js";
import type { ChoiceOptions, FarmOptions, FreshOptions } from "../options.js";
import { pointRules } from "../point-rules.js";
import { prepare, readWithPhases, type Secrecy } from "../prepare.js";
import { type FarmPlan, planDocument } from "./plan-document.js";

type PlanningOptions = Omit<FarmOptions, "format"> &
  ChoiceOptions &
  FreshOptions &
  Parameters<typeof pointRules>[1];

/** Plans a farm without touching a VM and lets go of the hypervisors; secrets are masked. Warnings go to stderr. @throws ConfigError(s) */
export async function makeDocument(
  options: PlanningOptions,
  { stderr, stop }: CommandContext,
  secrecy: Secrecy,
): Promise<FarmPlan> {
  const { mask } = secrecy.secrets;
  const emit = warningsTo((text) => stderr(mask(text)));
  const read = await readWithPhases(options, secrecy);
  const notes = [...lackingModules(read.phases.values()), ...misspeltVariables(read.project)];
  for (const message of notes) emit({ type: "warning", message });
  const { plan, hypervisors } = await prepare(read, pointRules(read.project, options), emit, stop, true);
  await hypervisors.close();
  return mask(planDocument(plan, hypervisors.states));
}
