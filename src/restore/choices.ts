import type { Choice } from "./choose.js";
import type { Manifest, PointKind } from "./manifest.js";

/** What is to become of each kind of restore point of a VM; absent: it has none of that kind. */
export type PointChoices = Readonly<Partial<Record<PointKind, Choice>>>;

/** The point that the VM starts from: the one that saves the most. */
export const restoredPoint = (choices: PointChoices): Manifest | undefined =>
  choices.init?.restore ?? choices.dependencies?.restore ?? choices.clean?.restore;
