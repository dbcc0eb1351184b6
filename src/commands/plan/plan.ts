import type { Command } from "commander";
import pc from "picocolors";
import { systemClock } from "../../clock.js";
import { loadRuler } from "../../report/ruler.js";
import type { CommandContext } from "../context.js";
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
} from "../options.js";
import { type Secrecy, withSecrets } from "../prepare.js";
import { makeDocument } from "./make-document.js";
import { planJson } from "./plan-document.js";
import { planText } from "./plan-text.js";

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
async function plan(options: PlanOptions, context: CommandContext, secrecy: Secrecy): Promise<number> {
  const { stdout, terminal } = context;
  const document = await makeDocument(options, context, secrecy);
  if (options.format === "json") for (const part of planJson(document)) stdout(part);
  else {
    const style = { ruler: await loadRuler(), colors: pc.createColors(terminal), now: systemClock.now() };
    stdout(`${planText(document, { ...style, explain: options.explain === true })}\n`);
  }
  return document.vms.every(({ hypervisor }) => hypervisor !== null) ? 0 : 3;
}
