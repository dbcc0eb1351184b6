import type { Command } from "commander";
import { systemClock } from "../../clock.js";
import type { CommandContext } from "../context.js";
import { type FarmOptions, formatOption, withFarmOptions } from "../options.js";
import { type Secrecy, withSecrets } from "../prepare.js";
import { listedPool } from "./ls-document.js";
import { poolText } from "./ls-text.js";
import { withPools } from "./pools.js";

/** `farm ls`: what farm keeps on the hypervisors, and what uses what. */
export function addLs(program: Command, context: CommandContext): void {
  withFarmOptions(program.command("ls"))
    .description("show restore points, images and VMs on the hypervisors: what uses what, sizes, ages")
    .addOption(formatOption())
    .addHelpText("after", "\nExamples:\n  $ farm ls -i inv.yaml\n  $ farm ls -i inv.yaml --format json")
    .action(async (options: FarmOptions) =>
      context.exit(await withSecrets(context.stop, (secrecy) => ls(options, context, secrecy))),
    );
}

/** Exit code 0, or 3 when a hypervisor could not be asked. @throws ConfigError(s) */
async function ls(options: FarmOptions, context: CommandContext, secrecy: Secrecy): Promise<number> {
  const { results, complete } = await withPools(options, context, secrecy, async (pool) => listedPool(pool));
  const now = systemClock.now();
  const text =
    options.format === "json"
      ? `${JSON.stringify(results)}\n`
      : results.map((each) => poolText(each, now)).join("\n") || nothing(complete);
  context.stdout(secrecy.secrets.mask(text));
  return complete ? 0 : 3;
}

const nothing = (complete: boolean): string =>
  complete ? "nothing is kept on any hypervisor\n" : "nothing is kept on those hypervisors that were asked\n";
