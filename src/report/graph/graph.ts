/** `shape` by what it is: an image, a restore point, a VM, a phase, or why there is no place. */
export interface GraphNode {
  readonly id: string;
  readonly label: string;
  readonly kind: "image" | "point" | "vm" | "phase" | "reason";
}

export interface GraphGroup {
  readonly id: string;
  readonly label: string;
  readonly nodes: readonly GraphNode[];
}

/** `dashed`: not there yet, or not in this run. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly dashed: boolean;
}

/** Ids are letters and digits; labels are anything. */
export interface Graph {
  readonly groups: readonly GraphGroup[];
  readonly edges: readonly GraphEdge[];
}
