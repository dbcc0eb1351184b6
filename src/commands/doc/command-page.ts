import type { Command } from "commander";

/** One command as its definition has it; texts are one line each, but for `more`. */
export interface CommandPage {
  readonly name: string;
  /** `farm apply [options] <file>`. */
  readonly usage: string;
  readonly description: string;
  readonly arguments: readonly (readonly [name: string, text: string])[];
  readonly options: readonly (readonly [flags: string, text: string])[];
  /** What the help says behind the options: exit codes, examples. */
  readonly more: string;
}

/** What the help of each of a program's commands says. */
export function commandPages(program: Command): CommandPage[] {
  const visible = new Set(program.createHelp().visibleCommands(program));
  return program.commands.filter((command) => visible.has(command)).map((command) => page(program, command));
}

function page(program: Command, command: Command): CommandPage {
  const help = command.createHelp();
  return {
    name: command.name(),
    usage: `${program.name()} ${command.name()} ${command.usage()}`.trimEnd(),
    description: command.description(),
    arguments: help
      .visibleArguments(command)
      .map((argument) => [argument.name(), help.argumentDescription(argument)] as const),
    options: help
      .visibleOptions(command)
      .map((option) => [help.optionTerm(option), help.optionDescription(option)] as const),
    more: behindOptions(command),
  };
}

/** commander keeps it in listeners, so the whole help is printed and what it builds itself is taken off. */
function behindOptions(command: Command): string {
  let whole = "";
  const output = command.configureOutput();
  command.configureOutput({
    writeOut: (text) => {
      whole += text;
    },
  });
  command.outputHelp();
  command.configureOutput(output);
  return whole.slice(command.helpInformation().length).trim();
}
