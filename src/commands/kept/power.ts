import type { Command } from "commander";
import { systemClock } from "../../clock.js";
import { asFarmError, describeError, GuestError } from "../../errors.js";
import type { KeptVm } from "../../provision/kept/find-kept.js";
import { vmNamed } from "../../provision/kept/find-kept.js";
import { startKept, stopKept } from "../../provision/kept/power.js";
import { formatDuration } from "../../report/duration.js";
import { harmless } from "../../report/harmless.js";
import type { CommandContext } from "../context.js";
import { type Secrecy, withSecrets } from "../prepare.js";
import { type KeptOptions, keptProject, withKept, withKeptOptions } from "./kept.js";

interface StopOptions extends KeptOptions {
  readonly force?: boolean;
}

const VMS = "VMs that 'farm run --keep' left";

/** `farm start` and `farm stop`: a kept VM goes off, and comes back with its disks as they were. */
export function addPower(program: Command, context: CommandContext): void {
  const act = (names: readonly string[], options: KeptOptions, done: string, change: Change) =>
    withSecrets(context.stop, (secrecy) => each(names, options, done, change, context, secrecy));
  withKeptOptions(program.command("start"))
    .argument("<vm...>", VMS)
    .description("start VMs that were stopped, and wait until they can be logged in to")
    .addHelpText("after", "\nExample:\n  $ farm start debian_12_amd64 -i inv.yaml")
    .action(async (names: string[], options: KeptOptions) =>
      context.exit(
        await act(names, options, "runs", (kept) =>
          startKept(kept, { clock: systemClock, signal: context.stop }),
        ),
      ),
    );
  withKeptOptions(program.command("stop"))
    .argument("<vm...>", VMS)
    .description("shut VMs down; 'farm start' starts them again, 'farm down' removes them")
    .option("--force", "pull the plug instead of asking the guest")
    .addHelpText(
      "after",
      "\nExamples:\n  $ farm stop debian_12_amd64 -i inv.yaml\n  $ farm stop debian_12_amd64 debian_12_arm64 -i inv.yaml --force",
    )
    .action(async (names: string[], options: StopOptions) =>
      context.exit(
        await act(names, options, "is off", (kept) => stopKept(kept, options.force === true, context.stop)),
      ),
    );
}

type Change = (kept: KeptVm) => Promise<void>;

/** All at the same time; one that fails does not keep the others. @returns the exit code @throws ConfigError(s) */
async function each(
  names: readonly string[],
  options: KeptOptions,
  done: string,
  change: Change,
  context: CommandContext,
  secrecy: Secrecy,
): Promise<number> {
  const project = await keptProject(options, secrecy);
  const vms = [...new Set(names)].map((name) => vmNamed(name, project.vms));
  return withKept(vms, project, options, context, async (found) => {
    const codes = await Promise.all(
      vms.map(async (vm) => {
        const start = systemClock.now();
        try {
          const kept = found.find((each) => each.vm === vm);
          if (!kept)
            throw new GuestError(`'${vm.name}' is on no hypervisor`, {
              hint: "`farm run --keep` leaves VMs running",
            });
          await change(kept);
          const took = formatDuration(systemClock.now() - start);
          context.stdout(`${harmless(vm.name)} on ${kept.session.name} ${done} (${took})\n`);
          return 0;
        } catch (thrown) {
          const error = asFarmError(thrown);
          context.stderr(`farm: ${harmless(secrecy.secrets.mask(describeError(error)))}\n`);
          return error.exitCode;
        }
      }),
    );
    return Math.max(...codes);
  });
}
