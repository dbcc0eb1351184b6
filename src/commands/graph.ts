import { type Command, Option } from "commander";
import { dotText } from "../report/graph/dot.js";
import { mermaidText } from "../report/graph/mermaid.js";
import { warningsTo } from "../report/warning.js";
import type { CommandContext } from "./context.js";
import { farmGraph } from "./farm-graph.js";
import {
  type FarmOptions,
  type FreshOptions,
  type TagOptions,
  withFarmOptions,
  withFreshOptions,
  withTagOptions,
} from "./options.js";
import { planDocument } from "./plan-document.js";
import { pointRules } from "./point-rules.js";
import { prepare, readWithPhases, type Secrecy, withSecrets } from "./prepare.js";

interface GraphOptions extends Omit<FarmOptions, "format">, FreshOptions, TagOptions {
  readonly format: "mermaid" | "dot";
}

const WRITERS = { mermaid: mermaidText, dot: dotText };

/** `farm graph`: the farm as a picture. */
export function addGraph(program: Command, context: CommandContext): void {
  withFreshOptions(withTagOptions(withFarmOptions(program.command("graph"))))
    .description("write the farm as a graph: hypervisors, VMs, what each starts from, and its phases")
    .addOption(new Option("--format <format>", "the language").choices(["mermaid", "dot"]).default("mermaid"))
    .addHelpText(
      "after",
      "\nExamples:\n  $ farm graph -i inv.yaml > farm.mmd\n  $ farm graph -i inv.yaml --format dot | dot -Tsvg > farm.svg",
    )
    .action(async (options: GraphOptions) =>
      context.exit(await withSecrets(context.stop, (secrecy) => graph(options, context, secrecy))),
    );
}

/** Exit code 0, whether every VM has a place or not. @throws ConfigError(s) */
async function graph(
  options: GraphOptions,
  { stdout, stderr, stop }: CommandContext,
  secrecy: Secrecy,
): Promise<number> {
  const { mask } = secrecy.secrets;
  const emit = warningsTo((text) => stderr(mask(text)));
  const read = await readWithPhases(options, secrecy);
  const { plan: vms, hypervisors } = await prepare(read, pointRules(read.project, options), emit, stop);
  await hypervisors.close();
  stdout(`${WRITERS[options.format](farmGraph(mask(planDocument(vms, hypervisors.states))))}\n`);
  return 0;
}
