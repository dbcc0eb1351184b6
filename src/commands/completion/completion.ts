import { Argument, type Command } from "commander";
import { asFarmError } from "../../errors.js";
import type { CommandContext } from "../context.js";
import { readProject, withSecrets } from "../prepare.js";
import { complete, type InventoryNames, inventoryOf } from "./complete.js";
import { completionScript, SHELLS, type ShellName } from "./completion-scripts.js";

const EXAMPLES = `
Knows commands and options, and the VMs, platforms, targets and hypervisors of the inventory that -i names on the line.

Examples:
  $ echo 'source <(farm completion bash)' >>~/.bashrc
  $ echo 'source <(farm completion zsh)' >>~/.zshrc        # below compinit
  $ farm completion fish >~/.config/fish/completions/farm.fish`;

/** `farm completion`: what a shell needs to complete farm's command lines; and `farm complete`, which it then asks. */
export function addCompletion(program: Command, context: CommandContext): void {
  program
    .command("completion")
    .addArgument(new Argument("<shell>", "which").choices(SHELLS))
    .description("print what bash, zsh or fish needs to complete farm's command lines")
    .addHelpText("after", EXAMPLES)
    .action((shell: ShellName) => context.stdout(completionScript(shell)));
  program
    .command("complete", { hidden: true })
    .argument("[word...]")
    .action(async (words: string[]) => {
      const candidates = await complete(program, words, () => namesOf(words, context));
      if (candidates.kind === "files") context.stdout(":files\n");
      else context.stdout(candidates.words.map((word) => `${word}\n`).join(""));
    });
}

const NOTHING: InventoryNames = { vms: [], groups: [], hosts: [] };

/** What the inventory on the line names; nothing when it cannot be read: a shell has no place for messages. */
async function namesOf(words: readonly string[], { stop }: CommandContext): Promise<InventoryNames> {
  const inventory = inventoryOf(words);
  if (inventory === undefined) return NOTHING;
  const options = {
    inventory,
    vars: [],
    extraVars: [],
    vaultPasswordFile: [],
    vaultId: [],
    format: "text",
  } as const;
  try {
    const project = await withSecrets(stop, (secrecy) => readProject(options, secrecy));
    return {
      vms: project.vms.map(({ name }) => name),
      groups: project.vms.flatMap(({ groups }) => groups),
      hosts: [...project.hosts.keys()],
    };
  } catch (thrown) {
    if (process.env["FARM_DEBUG"]) process.stderr.write(`${asFarmError(thrown).message}\n`);
    return NOTHING;
  }
}
