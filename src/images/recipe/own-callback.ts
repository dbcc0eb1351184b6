import type { Mapping } from "../../values/mapping.js";
import type { Provided } from "./follow-callbacks.js";

/** A task file of the user's that runs on the hypervisor while images are prepared. */
export interface OwnCallback {
  /** The task file, absolute. */
  readonly file: string;
  /** The same as messages show it. */
  readonly shown: string;
  /** What its tasks see as `task`: the callback with all its arguments. */
  readonly task: Mapping;
  /** What they see as `source`. */
  readonly source: Mapping;
  /** The image that it is given, under a name. */
  readonly from?: { readonly name: string; readonly recipe: Provided };
  /** The image that it makes; undefined when it makes none. */
  readonly dest?: string;
}

/** All callbacks of the user's that an image comes from, the first one first. */
export function callbacksOf({ made }: Pick<Provided, "made">): OwnCallback[] {
  return made === undefined ? [] : [...(made.from ? callbacksOf(made.from.recipe) : []), made];
}

/** The partition that fills a disk, whether it grew before or after a callback of the user's. */
export const grownPartition = ({ sizeBytes, partitionNumber, made }: Provided): number | undefined =>
  sizeBytes !== undefined && partitionNumber !== undefined
    ? partitionNumber
    : made?.from && grownPartition(made.from.recipe);
