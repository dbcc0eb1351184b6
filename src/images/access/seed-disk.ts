import type { VmDefinition } from "../../load/definitions/vm-definition.js";
import type { ImageRecipe } from "../recipe/image-recipe.js";

/** Where cloud-init's disk is to appear in the guest, when the definition has one of its own. */
export interface SeedDisk {
  readonly target: string;
  readonly bus: string | undefined;
}

interface Disks {
  readonly definition: VmDefinition;
  /** In the order of the definition's disks. */
  readonly recipes: readonly ImageRecipe[];
  readonly seedDisk?: SeedDisk;
}

/**
 * Takes the disk that `setup_cloudinit_iso` makes out of the others: farm writes it for each VM, with its key. What the guest is to be
 * told goes to the system's disk.
 */
export function seedDiskApart(definition: VmDefinition, recipes: readonly ImageRecipe[]): Disks {
  const index = recipes.findIndex(({ seed }) => seed);
  const [seed, disk] = [recipes[index], definition.disks[index]];
  if (!seed || !disk) return { definition, recipes };
  const isOther = (_: unknown, other: number) => other !== index;
  const [system, ...others] = recipes.filter(isOther);
  const told = system && {
    ...system,
    inject: system.inject === "none" ? ("nocloud" as const) : system.inject,
    guest: { ...system.guest, ...seed.guest },
  };
  return {
    definition: { ...definition, disks: definition.disks.filter(isOther) },
    recipes: told ? [told, ...others] : others,
    seedDisk: { target: disk.devname, bus: disk.bus },
  };
}
