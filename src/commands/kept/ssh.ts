import type { Command } from "commander";
import { systemClock } from "../../clock.js";
import { GuestError } from "../../errors.js";
import { isByAgent } from "../../load/definitions/vm-definition.js";
import { type KeptVm, running, vmNamed } from "../../provision/kept/find-kept.js";
import { connectToKept, logInToKept, wayInto } from "../../provision/kept/reach-guest.js";
import { quoteCommand } from "../../transport/quote.js";
import { userSession } from "../../transport/ssh/user-session.js";
import type { CommandContext } from "../context.js";
import { type Secrecy, withSecrets } from "../prepare.js";
import { terminalFor, userTerminal } from "../user-terminal.js";
import { type KeptOptions, keptProject, withKept, withKeptOptions } from "./kept.js";

interface SshOptions extends KeptOptions {
  readonly tty?: boolean;
}

const EXAMPLES = `
One word after the VM is a line for the guest's shell; several are a program and its arguments, and reach it as they are.
The exit status is the command's; 2 and 3 with a message of farm's are farm's own.

Examples:
  $ farm ssh debian_12_amd64 -i inv.yaml
  $ farm ssh debian_12_amd64 -i inv.yaml -- journalctl -b -p err
  $ farm ssh debian_12_amd64 -i inv.yaml 'cd /src && make check' >check.log
  $ tar c src | farm ssh debian_12_amd64 -i inv.yaml -- tar x -C /src`;

/** `farm ssh`: a shell, or one command, in a VM that was kept. */
export function addSsh(program: Command, context: CommandContext): void {
  withKeptOptions(program.command("ssh"))
    .argument("<vm>", "a VM that 'farm run --keep' left running")
    .argument("[command...]", "what to run there instead of a shell; options of its own after --")
    .description("log in to a VM that was kept, through its hypervisor, with farm's key")
    .option("-t, --tty", "a terminal for the command too")
    .addHelpText("after", EXAMPLES)
    .action(async (vm: string, words: string[], options: SshOptions) =>
      context.exit(await withSecrets(context.stop, (secrecy) => ssh(vm, words, options, context, secrecy))),
    );
}

/** @returns the exit status of what ran there @throws ConfigError(s), GuestError, HypervisorError */
async function ssh(
  name: string,
  words: readonly string[],
  options: SshOptions,
  context: CommandContext,
  secrecy: Secrecy,
): Promise<number> {
  const line = commandLine(words);
  const wanted = line === undefined || options.tty === true;
  const terminal = options.tty ? terminalFor("--tty") : wanted ? userTerminal() : undefined;
  const project = await keptProject(options, secrecy);
  const vm = vmNamed(name, project.vms);
  return withKept([vm], project, options, context, async (found) => {
    const kept = running(vm, found);
    if (isByAgent(kept.definition)) return byAgent(kept, line, options, context.stop);
    const connection = await connectToKept(kept, await wayInto(kept, context.stop), context.stop);
    try {
      const { stdin, stdout, stderr } = process;
      const streams = { stdin, stdout, stderr };
      return await userSession(connection, { name, line, terminal, streams, signal: context.stop });
    } finally {
      connection.end();
    }
  });
}

/** A command by the guest's agent, which has no terminals and takes no stdin as it comes. @throws GuestError */
async function byAgent(
  kept: KeptVm,
  line: string | undefined,
  { tty }: SshOptions,
  signal: AbortSignal,
): Promise<number> {
  const { name } = kept.vm;
  if (line === undefined || tty === true)
    throw new GuestError(`'${name}' is reached by its agent, which has no terminals`, {
      hint: `farm console ${name} for a login there; farm ssh ${name} 'a command' runs one`,
    });
  const shell = await logInToKept(kept, await wayInto(kept, signal), { clock: systemClock, signal });
  try {
    const { code } = await shell.run(
      { argv: ["sh", "-c", line] },
      { signal, maxOutputBytes: 0, onOutput: (stream, chunk) => process[stream].write(chunk) },
    );
    return code;
  } finally {
    await shell.close();
  }
}

/** What the guest's login shell is given; undefined for no command. */
export function commandLine(words: readonly string[]): string | undefined {
  const [first, ...more] = words;
  return first === undefined || more.length === 0 ? first : quoteCommand(words);
}
