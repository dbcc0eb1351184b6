import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { farmGraph } from "../../../src/commands/plan/farm-graph.js";
import type { FarmPlan } from "../../../src/commands/plan/plan-document.js";
import { dotText } from "../../../src/report/graph/dot.js";
import { mermaidText } from "../../../src/report/graph/mermaid.js";
import { startBrowser } from "../../lab/browser.js";

const HOSTILE =
  'a "b" \\N \\ <b>&lt; 漢字 ] } ; -> n1 #quot; %%{init: {}}%% `c` **d** end subgraph click n1 href';
const VM = { platform: "p", target: "t", arch: "x86_64", phases: [], definition: null, rejected: [] };
const PLAN: FarmPlan = {
  vms: [
    {
      ...{
        ...VM,
        name: HOSTILE,
        hypervisor: "hv1",
        domainType: "kvm",
        reason: "",
        images: ["https://x/y?z"],
      },
      points: [
        { kind: "clean", action: "none" },
        { kind: "init", action: "restore", created: "2026-01-02T03:00:00Z" },
      ],
      steps: ["main: phases/main.yaml", "terminate: phases/terminate.yaml"],
    },
    {
      ...{ ...VM, name: "cold", hypervisor: "hv1", domainType: "kvm", reason: "", images: ["https://x/y?z"] },
      points: [{ kind: "clean", action: "make", because: "there is none" }],
      steps: ["main: phases/main.yaml"],
    },
    {
      ...VM,
      name: "lost",
      hypervisor: null,
      domainType: null,
      reason: "none fits",
      images: [],
      points: [],
      steps: [],
    },
  ],
  hypervisors: [
    { name: "hv1", reachable: true, domainTypes: {}, cpus: 1, memoryMiB: 1 },
    { name: "hv2", reachable: false, error: "refused", domainTypes: {}, cpus: 0, memoryMiB: 0 },
  ],
};

/** What Graphviz makes of a text. */
function graphviz(format: string): string {
  const { status, stdout, stderr } = spawnSync("dot", [`-T${format}`], {
    input: dotText(farmGraph(PLAN)),
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

test("Graphviz reads the graph: every name is text, images are shared, edges go from image to phase", () => {
  const svg = graphviz("svg");
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = ""]) =>
    text
      .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
      .replace(/&(lt|gt|quot|amp);/g, (_, name: "lt") => ({ lt: "<", gt: ">", quot: '"', amp: "&" })[name]),
  );
  expect(texts).toContain(`${HOSTILE} (kvm)`.replaceAll("\u00a0", " "));
  expect(texts.filter((text) => text === "https://x/y?z")).toHaveLength(1);
  expect(texts).toEqual(
    expect.arrayContaining(["hv1", "hv2", "not reachable: refused", "no place", "none fits"]),
  );
  const plain = graphviz("plain").split("\n");
  expect(plain.filter((line) => line.startsWith("edge "))).toHaveLength(9);
});

const require = createRequire(import.meta.url);

interface Mermaid {
  initialize(options: { readonly startOnLoad: boolean }): void;
  parse(text: string): Promise<{ readonly diagramType: string }>;
  render(id: string, text: string): Promise<{ readonly svg: string }>;
}

test("Mermaid reads the graph: every name is text, and each edge and hypervisor is there", async () => {
  const browser = await startBrowser();
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ path: require.resolve("@mermaid-js/tiny") });
    const { diagramType, svg } = await page.evaluate(
      async (text) => {
        const { mermaid } = globalThis as unknown as { readonly mermaid: Mermaid };
        mermaid.initialize({ startOnLoad: false });
        return { ...(await mermaid.parse(text)), ...(await mermaid.render("graph", text)) };
      },
      mermaidText(farmGraph(PLAN)),
    );
    expect(diagramType).toBe("flowchart-v2");
    await page.setContent(svg);
    const groups = await page.locator(".cluster-label .nodeLabel").allTextContents();
    expect(groups).toEqual(expect.arrayContaining(["hv1", "hv2", "no place"]));
    const nodes = await page.locator(".node .nodeLabel").allTextContents();
    const expected = [`${HOSTILE} (kvm)`, "not reachable: refused", "none fits"];
    expect(nodes).toEqual(expect.arrayContaining(expected));
    expect(await page.locator("path.flowchart-link").count()).toBe(9);
    expect(await page.locator("#graph :is(b, strong, em, code, a, script)").count()).toBe(0);
  } finally {
    await browser.close();
  }
});
