import type { Choice } from "./choose.js";
import type { Manifest, PointKind } from "./manifest.js";

/** What is to become of each kind of restore point of a VM; absent: it has none of that kind. */
export type PointChoices = Readonly<Partial<Record<PointKind, Choice>>> & {
  /** Of those that tasks with `checkpoint` make: the last one that there is. */
  readonly checkpoint?: Choice;
};

/** The point that the VM starts from: the one that saves the most. */
export function restoredPoint({ clean, dependencies, init, checkpoint }: PointChoices): Manifest | undefined {
  const midway = checkpoint?.restore;
  const inInit = midway?.kind === "init" ? midway : undefined;
  return init?.restore ?? inInit ?? dependencies?.restore ?? midway ?? clean?.restore;
}

/** Whether a guest goes on from a point's memory; without, it boots from its disks, also where there is memory that the user does not want. */
export const goesOn = ({ live }: Pick<Manifest, "live">, mode: "live" | "cold"): boolean =>
  live && mode === "live";
