import { harmless } from "../harmless.js";
import type { Graph, GraphNode } from "./graph.js";

const SHAPES: Readonly<Record<GraphNode["kind"], string>> = {
  image: "shape=cylinder",
  point: "shape=folder",
  vm: 'shape=box, style="rounded,bold"',
  phase: "shape=box",
  reason: "shape=note",
};

/** A graph in Graphviz's language. */
export function dotText({ groups, edges }: Graph): string {
  const clusters = groups.flatMap(({ id, label, nodes }) => [
    `  subgraph cluster_${id} {`,
    `    label=${quoted(label)};`,
    ...nodes.map((node) => `    ${node.id} [label=${quoted(node.label)}, ${SHAPES[node.kind]}];`),
    "  }",
  ]);
  const arrows = edges.map(({ from, to, dashed }) => `  ${from} -> ${to}${dashed ? " [style=dashed]" : ""};`);
  return ["digraph farm {", "  rankdir=LR;", ...clusters, ...arrows, "}"].join("\n");
}

/** In a quoted string a backslash begins an escape of Graphviz's own. */
const quoted = (text: string): string =>
  `"${harmless(text).replace(/\n/g, " ").replace(/[\\"]/g, "\\$&").replace(/&/g, "&amp;")}"`;
