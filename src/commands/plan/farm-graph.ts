import type { Graph, GraphEdge, GraphGroup, GraphNode } from "../../report/graph/graph.js";
import type { FarmPlan } from "./plan-document.js";
import { phasesThatRun } from "./plan-text.js";

type PlanVm = FarmPlan["vms"][number];

/**
 * A group a hypervisor, with its VMs: what each starts from (image, then restore points) and the phases that run after. Points that
 * this run makes are dashed.
 */
export function farmGraph({ vms, hypervisors }: FarmPlan): Graph {
  const maker = new GraphMaker();
  const groups = hypervisors.map(({ name, reachable, error }, index): GraphGroup => {
    const nodes = vms.filter(({ hypervisor }) => hypervisor === name).flatMap((vm) => maker.vm(vm, name));
    const why = reachable ? [] : [maker.node(`not reachable: ${error}`, "reason")];
    return { id: `h${index + 1}`, label: name, nodes: [...why, ...nodes] };
  });
  const lost = vms.filter(({ hypervisor }) => hypervisor === null).flatMap((vm) => maker.lost(vm));
  const all = lost.length === 0 ? groups : [...groups, { id: "nowhere", label: "no place", nodes: lost }];
  return { groups: all, edges: maker.edges };
}

class GraphMaker {
  readonly edges: GraphEdge[] = [];
  #count = 0;
  /** Images by hypervisor and address: VMs share them. */
  readonly #images = new Map<string, GraphNode>();

  node(label: string, kind: GraphNode["kind"]): GraphNode {
    this.#count += 1;
    return { id: `n${this.#count}`, label, kind };
  }

  /** The nodes of a VM that are not there yet, with the edges between them. */
  vm(vm: PlanVm, hypervisor: string): GraphNode[] {
    const images = vm.images.map((url) => this.#image(url, hypervisor));
    const points = vm.points
      .filter(({ kind, action }) => kind !== "checkpoint" || action === "restore")
      .map(({ kind, action }) => ({ node: this.node(kind, "point"), action }));
    const self = this.node(`${vm.name} (${vm.domainType})`, "vm");
    const restored = points.find(({ action }) => action === "restore");
    const bases = restored ? [restored.node] : images.map(({ node }) => node);
    for (const base of bases) this.#edge(base, self);
    const phases = phasesThatRun(vm).map((phase) => this.node(phase, "phase"));
    for (const [index, phase] of phases.entries()) this.#edge(phases[index - 1] ?? self, phase);
    // Layers lie on each other: a point that is made, or is below the one restored, stands between the image and the next.
    let below = images.map(({ node }) => node);
    for (const { node, action } of points) {
      for (const one of below) this.#edge(one, node, action === "make" || action === "remake");
      below = [node];
    }
    const fresh = images.filter(({ isNew }) => isNew).map(({ node }) => node);
    return [...fresh, ...points.map(({ node }) => node), self, ...phases];
  }

  lost(vm: PlanVm): GraphNode[] {
    const self = this.node(vm.name, "vm");
    const reasons = [vm.reason, ...vm.rejected.map((each) => `not ${each.hypervisor}: ${each.reason}`)].map(
      (text) => this.node(text, "reason"),
    );
    for (const reason of reasons) this.#edge(self, reason, true);
    return [self, ...reasons];
  }

  #image(url: string, hypervisor: string): { node: GraphNode; isNew: boolean } {
    const key = JSON.stringify([hypervisor, url]);
    const known = this.#images.get(key);
    const node = known ?? this.node(url, "image");
    this.#images.set(key, node);
    return { node, isNew: known === undefined };
  }

  #edge(from: GraphNode, to: GraphNode, dashed = false): void {
    this.edges.push({ from: from.id, to: to.id, dashed });
  }
}
