import type { Command } from "commander";
import pc from "picocolors";
import { systemClock } from "../clock.js";
import { loadRuler } from "../report/ruler.js";
import { warningsTo } from "../report/warning.js";
import type { CommandContext } from "./context.js";
import {
  type ChoiceOptions,
  type FarmOptions,
  type FreshOptions,
  formatOption,
  type TagOptions,
  withChoiceOptions,
  withFarmOptions,
  withFreshOptions,
  withTagOptions,
} from "./options.js";
import { planDocument } from "./plan-document.js";
import { planText } from "./plan-text.js";
import { pointRules } from "./point-rules.js";
import { prepare, readWithPhases, type Secrecy, withSecrets } from "./prepare.js";

interface PlanOptions extends ChoiceOptions, FarmOptions, FreshOptions, TagOptions {
  readonly explain?: boolean;
}

/** `farm plan`: what `run` would do, and why; nothing is changed anywhere. */
export function addPlan(program: Command, context: CommandContext): void {
  withFreshOptions(withTagOptions(withChoiceOptions(withFarmOptions(program.command("plan")))))
    .description("show where each VM would go and what would run, without doing it")
    .option("--explain", "every reason and step besides")
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  $ farm plan -i inventories/test-farm.yaml --vars vars/vde.yaml\n  $ farm plan -i inv.yaml --explain\n  $ farm plan -i inv.yaml --limit 'arm64' --format json",
    )
    .action(async (options: PlanOptions) =>
      context.exit(await withSecrets(context.stop, (secrecy) => plan(options, context, secrecy))),
    );
}

/** Exit code 0 when every VM has a place, else 3. @throws ConfigError(s) */
async function plan(
  options: PlanOptions,
  { stdout, stderr, stop, terminal }: CommandContext,
  secrecy: Secrecy,
): Promise<number> {
  const { mask } = secrecy.secrets;
  const emit = warningsTo((text) => stderr(mask(text)));
  const read = await readWithPhases(options, secrecy);
  const { plan: vms, hypervisors } = await prepare(read, pointRules(read.project, options), emit, stop);
  await hypervisors.close();
  const document = mask(planDocument(vms, hypervisors.states));
  if (options.format === "json") stdout(`${JSON.stringify(document, undefined, 2)}\n`);
  else {
    const style = { ruler: await loadRuler(), colors: pc.createColors(terminal), now: systemClock.now() };
    stdout(`${planText(document, { ...style, explain: options.explain === true })}\n`);
  }
  return document.vms.every(({ hypervisor }) => hypervisor !== null) ? 0 : 3;
}
