import type { DomainInput } from "../../../src/libvirt/domain/domain-xml.js";
import { VmDefinition } from "../../../src/load/definitions/vm-definition.js";

export const UUID = "11111111-1111-4111-8111-111111111111";

/** A definition with what a test does not care about filled in. */
export function definition(parts: Record<string, unknown> = {}): VmDefinition {
  const { name = "VM debian_12_amd64", ...rest } = parts;
  return VmDefinition.parse({
    metadata: {
      name,
      hostname: "guest",
      platform_name: "debian_12",
      target_name: "amd64",
      connection: "qemu:///session",
      libvirt_pool_dir: "/pool",
      tmp_dir: "/tmp",
      auth: {},
    },
    virt_domain: "qemu",
    arch: "x86_64",
    vcpus: 2,
    ram: 256,
    net: { mac: "52:54:00:12:34:56" },
    ...rest,
  });
}

export const domainInput = (
  parts: Record<string, unknown> = {},
  more: Partial<DomainInput> = {},
): DomainInput => ({
  definition: definition(parts),
  uuid: UUID,
  emulator: "/usr/bin/qemu-system-x86_64",
  disks: [{ path: "/pool/vm/leaf.qcow2", format: "qcow2", readonly: false, target: "hda" }],
  consoleLog: "/pool/vm/console.log",
  ownership: {
    project: "demo",
    vm: "VM debian_12_amd64",
    run: "r1",
    directory: "/pool/vm",
    created: "2026-11-23T16:00:00Z",
  },
  ...more,
});
