import { expect, test } from "vitest";
import { seedDiskApart } from "../../../../src/images/access/seed-disk.js";
import { imageRecipes } from "../../../../src/images/recipe/recipe.js";
import { VmDefinition } from "../../../../src/load/definitions/vm-definition.js";
import { METADATA } from "./metadata.js";

const URL = "https://example.org/a";
const definition = (system: object[], disks: object[]) =>
  VmDefinition.parse({
    metadata: {
      ...METADATA,
      auth: {},
      sources: [
        {
          before_provision: [{ callback: "fetch", src: URL, dest: "a" }, ...system],
          on_provision: { src: "a", dest: "root" },
        },
        {
          before_provision: [
            { callback: "callbacks/sources/setup_cloudinit_iso.yaml", dest: "iso", keys_path: "~/k" },
          ],
          on_provision: { src: "iso", dest: "seed" },
        },
      ],
    },
    virt_domain: "qemu",
    arch: "x86_64",
    vcpus: 1,
    ram: 512,
    disks,
    net: {},
  });
const apart = (system: object[], disks: object[]) => {
  const vm = definition(system, disks);
  const { definition: rest, ...others } = seedDiskApart(vm, imageRecipes(vm));
  return { disks: rest.disks.map(({ src }) => src), ...others };
};
const ROOT = { src: "root", devname: "hda" };
const SEED = { src: "seed", devname: "hdb", type: "raw", readonly: true };

test("cloud-init's disk is none of the VM's images, and the system's disk is set up by it", () => {
  expect(apart([], [ROOT, SEED])).toEqual({
    disks: ["root"],
    recipes: [{ dest: "root", url: URL, inject: "nocloud", inPlace: false, guest: { keysPath: "~/k" } }],
    seedDisk: { target: "hdb", bus: undefined },
  });
});

test("what setup_image says holds too, where the disk says nothing else", () => {
  const { recipes } = apart(
    [{ callback: "setup_image", src: "a", keys_path: "~/j", user_data: { packages: [] } }],
    [{ ...SEED, bus: "sata" }, ROOT],
  );
  expect(recipes[0]?.guest).toEqual({ keysPath: "~/k", userData: { packages: [] } });
});

test("without such a disk all is as it was", () => {
  const vm = definition([], [ROOT]);
  expect(seedDiskApart(vm, [])).toEqual({ definition: vm, recipes: [] });
});
