import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { domainXml } from "../../../src/libvirt/domain/domain-xml.js";
import { LibvirtDriver } from "../../../src/libvirt/driver.js";
import { type Inspection, inspectHypervisor } from "../../../src/libvirt/inspect/inspect.js";
import { loadProject } from "../../../src/project/project.js";
import { type HypervisorUser, ourselves } from "./hypervisor-user.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const uri = "qemu:///session";

let user: HypervisorUser;
let inspection: Inspection;
beforeAll(async () => {
  user = await ourselves();
  inspection = await inspectHypervisor(user.shell, { uri });
});
afterAll(() => user.remove());

test.each([
  ["test-farm", [], ["debian_12_amd64", "debian_12_arm64", "debian_12_ppc64", "Arch-Linux_amd64"]],
  ["demo", ["image=/demo.qcow2", "image_checksum="], ["demo_debian_12_amd64"]],
])("libvirt accepts every VM of inventories/%s.yaml", async (name, extraVars, vms) => {
  const project = await loadProject({
    inventory: `inventories/${name}.yaml`,
    vars: [],
    extraVars,
    cwd: root,
  });
  expect(project.vms.map((vm) => vm.name)).toEqual(vms);
  const libvirt = new LibvirtDriver(user.shell, inspection.facts.connection);
  for (const vm of project.vms) {
    const definition = vm.define(inspection.state, "qemu");
    // The name only: a guest of the same one may be there.
    const metadata = { ...definition.metadata, name: `${vm.name} ${randomUUID()}` };
    const uuid = randomUUID();
    const directory = `${user.pool}/vm`;
    const xml = domainXml({
      definition: { ...definition, metadata },
      uuid,
      emulator: definition.emulator ?? inspection.state.emulators[definition.arch] ?? "",
      disks: definition.disks.map((disk, index) => ({
        path: `${directory}/disk-${index}.qcow2`,
        format: "qcow2",
        readonly: disk.readonly,
        target: disk.devname,
        bus: disk.bus,
      })),
      consoleLog: `${directory}/console.log`,
      nvram: `${directory}/nvram.fd`,
      ownership: { project: project.projectId, vm: vm.name, run: "test", directory, created: "" },
    });
    await libvirt.define(xml);
    await libvirt.remove(uuid, { project: project.projectId });
    expect(await libvirt.state(uuid)).toBe("absent");
  }
});
