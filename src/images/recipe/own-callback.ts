import type { OwnCallback, Provided } from "./image-recipe.js";

/** All callbacks of the user's that an image comes from, the first one first. */
export function callbacksOf({ made }: Pick<Provided, "made">): OwnCallback[] {
  return made === undefined ? [] : [...(made.from ? callbacksOf(made.from.recipe) : []), made];
}

/** The partition that fills a disk, whether it grew before or after a callback of the user's. */
export const grownPartition = ({ sizeBytes, partitionNumber, made }: Provided): number | undefined =>
  sizeBytes !== undefined && partitionNumber !== undefined
    ? partitionNumber
    : made?.from && grownPartition(made.from.recipe);
