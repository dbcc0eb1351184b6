import { expect, test } from "vitest";
import { dotText } from "../../../src/report/graph/dot.js";
import type { Graph } from "../../../src/report/graph/graph.js";
import { mermaidText } from "../../../src/report/graph/mermaid.js";

const GRAPH: Graph = {
  groups: [
    {
      ...{ id: "h1", label: 'a "b" \\ c' },
      nodes: [
        { id: "n1", label: "<script>alert(1)</script>\n%%{init}%%", kind: "image" },
        { id: "n2", label: "debian_12_amd64 漢字 #quot;", kind: "vm" },
      ],
    },
  ],
  edges: [
    { from: "n1", to: "n2", dashed: false },
    { from: "n2", to: "n1", dashed: true },
  ],
};

test("DOT: quotes and backslashes are escaped, entities are text", () => {
  expect(dotText(GRAPH)).toBe(`digraph farm {
  rankdir=LR;
  subgraph cluster_h1 {
    label="a \\"b\\" \\\\ c";
    n1 [label="<script>alert(1)</script> %%{init}%%", shape=cylinder];
    n2 [label="debian_12_amd64 漢字 #quot;", shape=box, style="rounded,bold"];
  }
  n1 -> n2;
  n2 -> n1 [style=dashed];
}`);
});

test("Mermaid: what could be markup is written as numbers", () => {
  expect(mermaidText(GRAPH)).toBe(`flowchart LR
  subgraph h1["a #34;b#34; #92; c"]
    n1[("#60;script#62;alert(1)#60;/script#62; #37;#37;#123;init#125;#37;#37;")]
    n2(["debian_12_amd64 漢字 #35;quot#59;"])
  end
  n1 --> n2
  n2 -.-> n1`);
});
