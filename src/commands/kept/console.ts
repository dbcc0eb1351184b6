import type { Command } from "commander";
import { GuestError, HypervisorError } from "../../errors.js";
import { CONSOLE_IN_USE, checkConsole, consoleArgv } from "../../libvirt/console.js";
import { type KeptVm, running, vmNamed } from "../../provision/kept/find-kept.js";
import { harmless } from "../../report/harmless.js";
import { terminalCommand } from "../../transport/terminal-command.js";
import type { CommandContext } from "../context.js";
import { type Secrecy, withSecrets } from "../prepare.js";
import { terminalFor } from "../user-terminal.js";
import { type KeptOptions, keptProject, withKept, withKeptOptions } from "./kept.js";

const EXAMPLES = `
For a guest that does not answer SSH, or while it boots. What it says goes on into its log as well: console.log in the VM's directory, shown by
'farm logs VM --phase console' once its run is over. A login there wants a password that the guest knows; farm gives it none.

Example:
  $ farm console debian_12_amd64 -i inv.yaml      # ^] (Ctrl and ]) leaves it`;

/** `farm console`: the serial console of a VM that runs. */
export function addConsole(program: Command, context: CommandContext): void {
  withKeptOptions(program.command("console"))
    .argument("<vm>", "a VM that 'farm run --keep' left running, or that a run is at")
    .description("type at the serial console of a VM; ^] leaves it")
    .addHelpText("after", EXAMPLES)
    .action(async (vm: string, options: KeptOptions) =>
      context.exit(await withSecrets(context.stop, (secrecy) => openConsole(vm, options, context, secrecy))),
    );
}

/** @returns 0 when the user has left it, or the guest has ended @throws ConfigError(s), GuestError, HypervisorError */
async function openConsole(
  name: string,
  options: KeptOptions,
  context: CommandContext,
  secrecy: Secrecy,
): Promise<number> {
  const hint = `\`farm logs ${name} --phase console\` shows what was said there`;
  const terminal = terminalFor("a console", hint);
  const project = await keptProject(options, secrecy);
  const vm = vmNamed(name, project.vms);
  return withKept([vm], project, options, context, async (found) => {
    const kept = running(vm, found);
    const host = project.hypervisors.find((each) => each.name === kept.session.name);
    if (!host) throw new HypervisorError(`'${kept.session.name}' is no hypervisor of the inventory`);
    checkConsole(name, await kept.libvirt.describe(kept.domain.uuid, context.stop));
    context.stdout(`${harmless(name)}: its console; ^] leaves it, Enter asks for a prompt\n`);
    const { stdin, stdout, stderr } = process;
    const status = await terminalCommand(host, {
      name: `the console of '${name}'`,
      argv: consoleArgv(kept.uri, kept.domain.uuid),
      terminal,
      streams: { stdin, stdout, stderr },
      signal: context.stop,
    });
    context.stdout("\n");
    return ended(status, kept);
  });
}

function ended(status: number, { vm, session }: KeptVm): number {
  if (status === 0) return 0;
  if (status === CONSOLE_IN_USE)
    throw new GuestError(`the console of '${vm.name}' on '${session.name}' is in use by somebody else`, {
      hint: "they leave it by ^]; `farm ssh` is another way in",
    });
  throw new HypervisorError(
    `'${session.name}' did not give the console of '${vm.name}': virsh ended with status ${status}`,
    { hint: "what it said stands above" },
  );
}
