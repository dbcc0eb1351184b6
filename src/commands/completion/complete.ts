import type { Argument, Command, Option } from "commander";

/** Names that an inventory on the command line gives. */
export interface InventoryNames {
  readonly vms: readonly string[];
  /** Platforms, targets and other groups that a --limit may name. */
  readonly groups: readonly string[];
  readonly hosts: readonly string[];
}

/** What the shell offers: words, or its own files. */
export type Candidates =
  | { readonly kind: "files" }
  | { readonly kind: "words"; readonly words: readonly string[] };

const FILES: Candidates = { kind: "files" };
const FILE_OPTIONS = new Set(["<file>", "<dir>", "<run>", "<source>"]);

/** The file that -i or --inventory names among the words. */
export function inventoryOf(words: readonly string[]): string | undefined {
  for (const [index, word] of words.entries()) {
    if (word === "-i" || word === "--inventory") return words[index + 1];
    const [, attached] = /^(?:--inventory=|-i)(.+)$/s.exec(word) ?? [];
    if (attached !== undefined) return attached;
  }
  return undefined;
}

/**
 * What may stand where the cursor is, by commander's own definitions.
 * @param words after `farm`, the last one the beginning of what is completed @param names asked for only where they matter
 */
export async function complete(
  program: Command,
  words: readonly string[],
  names: () => Promise<InventoryNames>,
): Promise<Candidates> {
  const current = words.at(-1) ?? "";
  const [name, ...before] = words.slice(0, -1);
  const offer = (list: readonly string[]): Candidates => ({
    kind: "words",
    words: [...new Set(list)].filter((word) => word.startsWith(current)),
  });
  const visible = program.createHelp().visibleCommands(program);
  if (name === undefined) return offer([...visible.map((each) => each.name()), "--help", "--version"]);
  const command = program.commands.find((each) => each.name() === name);
  if (!command) return name === "help" ? offer(visible.map((each) => each.name())) : offer([]);
  const option = optionThatWaits(command, before);
  if (option) return forOption(option, names, offer);
  if (current.startsWith("-") && !before.includes("--"))
    return offer([...command.options.flatMap(({ long }) => long ?? []), "--help"]);
  return forArgument(argumentAt(command, before), names, offer);
}

type Offer = (list: readonly string[]) => Candidates;

const optionNamed = (command: Command, flag: string): Option | undefined =>
  command.options.find(({ long, short }) => flag === long || flag === short);

/** The option whose value is being completed. */
function optionThatWaits(command: Command, before: readonly string[]): Option | undefined {
  const option = optionNamed(command, before.at(-1) ?? "");
  return option?.required ? option : undefined;
}

async function forOption(
  option: Option,
  names: () => Promise<InventoryNames>,
  offer: Offer,
): Promise<Candidates> {
  if (option.argChoices) return offer(option.argChoices);
  const [value = ""] = /<[^>]+>/.exec(option.flags) ?? [];
  if (option.long === "--limit") {
    const { vms, groups } = await names();
    return offer([...vms, ...groups]);
  }
  if (option.long === "--on") {
    const { vms, hosts } = await names();
    return offer([...vms, ...hosts, "localhost"]);
  }
  return FILE_OPTIONS.has(value) ? FILES : offer([]);
}

/** The argument that comes next, as many as were given before it. */
function argumentAt(command: Command, before: readonly string[]): Argument | undefined {
  let given = 0;
  for (let index = 0; index < before.length; index++) {
    const word = before[index] ?? "";
    if (optionNamed(command, word)?.required) index++;
    else if (!word.startsWith("-")) given++;
  }
  const { registeredArguments: all } = command;
  const last = all.at(-1);
  return all[given] ?? (last?.variadic ? last : undefined);
}

async function forArgument(
  argument: Argument | undefined,
  names: () => Promise<InventoryNames>,
  offer: Offer,
): Promise<Candidates> {
  if (!argument) return offer([]);
  if (argument.argChoices) return offer(argument.argChoices);
  if (argument.name() === "vm") return offer((await names()).vms);
  return argument.name() === "file" || argument.name() === "path" ? FILES : offer([]);
}
