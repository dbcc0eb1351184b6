import { expect, test } from "vitest";
import type { GuestOffer, HypervisorState } from "../../../src/dispatch/model.js";
import { withMachineDefaults } from "../../../src/expand/machine-defaults.js";
import { domainInput } from "../libvirt/domain-input.js";

const OFFER: GuestOffer = {
  emulator: "/usr/bin/qemu",
  machine: "pc-q35-7.2",
  cpuModes: ["maximum", "custom"],
  cpuModels: ["qemu64", "cortex-a53"],
  firmware: ["efi"],
  loaders: [],
  netBackends: [],
};

/** Machine, processor and firmware of a definition with these parts, where a hypervisor offers that. */
function filled(parts: Record<string, unknown>, offer?: Partial<GuestOffer>, machines?: readonly string[]) {
  const { definition } = domainInput(parts);
  const state: HypervisorState = {
    name: "nb",
    reachable: true,
    domainTypes: {},
    emulators: {},
    ...(machines && { machines: { [definition.arch]: machines } }),
    ...(offer && { offer: () => ({ ...OFFER, ...offer }) }),
    cpus: 1,
    memoryMiB: 1,
    freeMemoryMiB: 1,
    facts: {},
  };
  const { machine, cpu, firmware } = withMachineDefaults(definition, state);
  return [machine, cpu, firmware];
}

test.each<[string, Parameters<typeof filled>, (string | undefined)[]]>([
  ["nothing told", [{}], ["q35", "maximum", undefined]],
  ["x86_64", [{}, {}], ["q35", "maximum", undefined]],
  ["no maximum", [{}, { cpuModes: ["custom"] }], ["q35", "qemu64", undefined]],
  [
    "kvm",
    [{ virt_domain: "kvm" }, { cpuModes: ["host-passthrough", "host-model"] }],
    ["q35", "host-passthrough", undefined],
  ],
  [
    "kvm without passthrough",
    [{ virt_domain: "kvm" }, { cpuModes: ["host-model"] }],
    ["q35", "host-model", undefined],
  ],
  ["kvm with neither", [{ virt_domain: "kvm" }, {}], ["q35", "host-passthrough", undefined]],
  ["a machine that is not there", [{}, {}, ["pc"]], [undefined, "maximum", undefined]],
  ["aarch64", [{ arch: "aarch64" }, {}, ["virt"]], ["virt", "cortex-a53", "efi"]],
  [
    "aarch64 with a kernel",
    [{ arch: "aarch64", kernel: { src: "/k" } }, {}],
    ["virt", "cortex-a53", undefined],
  ],
  [
    "aarch64 where there is no UEFI",
    [{ arch: "aarch64" }, { firmware: [] }],
    ["virt", "cortex-a53", undefined],
  ],
  ["s390x", [{ arch: "s390x" }, {}], ["s390-ccw-virtio", undefined, undefined]],
  ["the user's own", [{ machine: "pc", cpu: "486", firmware: "/f" }, {}], ["pc", "486", "/f"]],
  [
    "an emulator of the user's own",
    [{ emulator: "/q" }, { cpuModes: ["custom"], cpuModels: ["qemu64"] }],
    ["q35", "qemu64", undefined],
  ],
])("defaults: %s", (_, given, expected) => {
  expect(filled(...given)).toEqual(expected);
});

test.each([
  ["by its descriptor", { firmware: "/f" }, "/vars-of-f"],
  ["as the definition says", { firmware: "/f", nvram_template: "/mine" }, "/mine"],
  ["not for another firmware", { firmware: "/g" }, undefined],
  ["not without", {}, undefined],
])("what a firmware's variables are made from: %s", (_, parts, expected) => {
  const named = { missing: new Set<string>(), varsTemplates: new Map([["/f", "/vars-of-f"]]) };
  const state = { name: "nb", reachable: true, domainTypes: {}, emulators: {}, named };
  const all = { ...state, cpus: 1, memoryMiB: 1, freeMemoryMiB: 1, facts: {} };
  expect(withMachineDefaults(domainInput(parts).definition, all).nvram_template).toBe(expected);
});
