import { harmless } from "../harmless.js";
import type { Graph, GraphNode } from "./graph.js";

const SHAPES: Readonly<Record<GraphNode["kind"], readonly [string, string]>> = {
  image: ["[(", ")]"],
  point: ["[/", "/]"],
  vm: ["([", "])"],
  phase: ["[", "]"],
  reason: [">", "]"],
};

/** A graph as a Mermaid flowchart. */
export function mermaidText({ groups, edges }: Graph): string {
  const subgraphs = groups.flatMap(({ id, label, nodes }) => [
    `  subgraph ${id}[${quoted(label)}]`,
    ...nodes.map(({ id: node, label: text, kind }) => {
      const [open, close] = SHAPES[kind];
      return `    ${node}${open}${quoted(text)}${close}`;
    }),
    "  end",
  ]);
  const arrows = edges.map(({ from, to, dashed }) => `  ${from} ${dashed ? "-.->" : "-->"} ${to}`);
  return ["flowchart LR", ...subgraphs, ...arrows].join("\n");
}

/** What could end the text, be Markdown, HTML or a directive of Mermaid's is written as its number. */
const quoted = (text: string): string =>
  `"${harmless(text)
    .replace(/\n/g, " ")
    .replace(/[^\p{L}\p{N} .,:/()_=+-]/gu, (char) => `#${char.codePointAt(0)};`)}"`;
