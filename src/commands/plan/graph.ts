import { type Command, Option } from "commander";
import { dotText } from "../../report/graph/dot.js";
import { mermaidText } from "../../report/graph/mermaid.js";
import type { CommandContext } from "../context.js";
import {
  type FarmOptions,
  type FreshOptions,
  type TagOptions,
  withFarmOptions,
  withFreshOptions,
  withTagOptions,
} from "../options.js";
import { type Secrecy, withSecrets } from "../prepare.js";
import { farmGraph } from "./farm-graph.js";
import { makeDocument } from "./make-document.js";

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
async function graph(options: GraphOptions, context: CommandContext, secrecy: Secrecy): Promise<number> {
  const document = await makeDocument(options, context, secrecy);
  context.stdout(`${WRITERS[options.format](farmGraph(document))}\n`);
  return 0;
}
