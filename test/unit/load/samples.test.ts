import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { imageRecipes } from "../../../src/images/recipe/recipe.js";
import { findPhases } from "../../../src/project/phases.js";
import { loadProject } from "../../../src/project/project.js";
import { loadTaskFile } from "../../../src/tasks/read/load.js";
import { Sources } from "../../../src/tasks/read/sources.js";
import { answered } from "./project-files.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

const shipped = () =>
  loadProject({ inventory: "inventories/test-farm.yaml", vars: ["vars/vde.yaml"], extraVars: [], cwd: root });

test("every VM of the shipped farm can be defined, has images and phases", async () => {
  const { vms, projectId } = await shipped();
  expect(projectId).toBe("example_04.vde");
  const images = vms.map((vm) => {
    const locate = (path: readonly (string | number)[]) => vm.locate(path);
    const [recipe] = imageRecipes(vm.define(answered(), "qemu"), locate);
    return [
      vm.name,
      recipe?.url,
      recipe?.checksum,
      recipe?.sizeBytes,
      recipe?.partitionNumber,
      recipe?.inject,
    ];
  });
  const debian = "https://cloud.debian.org/images/cloud/bookworm/latest";
  const arch = "https://geo.mirror.pkgbuild.com/images/latest/Arch-Linux-x86_64-cloudimg.qcow2";
  const sums = { sumsUrl: `${debian}/SHA512SUMS` };
  const size = 10 * 2 ** 30;
  expect(images).toEqual([
    ["debian_12_amd64", `${debian}/debian-12-genericcloud-amd64.qcow2`, sums, size, 1, "nocloud"],
    ["debian_12_arm64", `${debian}/debian-12-genericcloud-arm64.qcow2`, sums, size, 1, "nocloud"],
    ["debian_12_ppc64", `${debian}/debian-12-genericcloud-ppc64el.qcow2`, sums, size, 1, "nocloud"],
    ["Arch-Linux_amd64", arch, { sumsUrl: `${arch}.SHA256` }, size, 3, "nocloud"],
  ]);
});

test("the machines", async () => {
  const { vms } = await shipped();
  const [amd64, arm64, ppc64] = vms.map((vm) => vm.define(answered(), "qemu"));
  expect(amd64).toMatchObject({ arch: "x86_64", machine: "q35", virt_domain: "qemu" });
  expect(arm64).toMatchObject({
    arch: "aarch64",
    machine: "virt",
    cpu: "cortex-a53",
    firmware: "/usr/share/AAVMF/AAVMF_CODE.fd",
  });
  expect(ppc64).toMatchObject({ arch: "ppc64le", machine: "pseries", cpu: "POWER9", default_bus: "pci.0" });
  expect(vms.map((vm) => vm.requirements(answered()).domainType)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("a processor is asked for by name only where it is emulated", async () => {
  const { vms } = await shipped();
  const onArm = vms[1]?.define(answered({ ansible_architecture: "aarch64" }), "kvm");
  expect(onArm?.cpu).toBe("host-passthrough");
});

test("the phases of the shipped project", async () => {
  const project = await shipped();
  const files = await Promise.all(
    project.vms.map(async (vm) => (await findPhases(project, vm)).flatMap(({ file }) => file ?? [])),
  );
  expect(files[0]).toEqual(["phases/vde/debian_12/dependencies.yaml", "phases/vde/main.yaml"]);
  expect(files[3]?.[0]).toBe("phases/vde/Arch-Linux/dependencies.yaml");
  const sources = new Sources({ project: root, files: project.files });
  for (const file of new Set(files.flat()))
    expect((await loadTaskFile(join(root, file), sources)).steps.length).toBeGreaterThan(0);
});
