import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withMachineDefaults } from "../../../../src/expand/machine-defaults.js";
import { lackOf } from "../../../../src/expand/machine-lack.js";
import { parseDomainCapabilities, parseOffers } from "../../../../src/libvirt/inspect/domain-capabilities.js";
import { definition } from "../domain-input.js";

/** Debian 12's own words on four architectures, and on one that it has no emulator for. */
const said = readFileSync(new URL("../../../fixtures/libvirt/domcapabilities.txt", import.meta.url), "utf8");

/** libvirt 11.3's of Debian 13, with QEMU 10.0: shortened to what is looked at, and some of the processors. */
const newer = readFileSync(
  new URL("../../../fixtures/libvirt/domcapabilities-11.3.txt", import.meta.url),
  "utf8",
);

// Architectures for which Debian 12's QEMU is seldom installed.
test.each([
  ["riscv64", { machine: "virt", cpu: undefined, firmware: "efi" }, "virt"],
  ["s390x", { machine: "s390-ccw-virtio", cpu: undefined, firmware: undefined }, "s390-ccw-virtio-10.0"],
  ["loongarch64", { machine: "virt", cpu: undefined, firmware: undefined }, "virt"],
])("a target that names no more than %s gets what is there", (arch, expected, offered) => {
  const offer = parseOffers(newer);
  expect(offer(arch, "qemu")).toMatchObject({ emulator: `/usr/bin/qemu-system-${arch}`, machine: offered });
  const state = { name: "nb", reachable: true, domainTypes: {}, emulators: {}, offer };
  const all = { ...state, cpus: 1, memoryMiB: 1, freeMemoryMiB: 1, facts: {} };
  const { machine, cpu, firmware } = withMachineDefaults(definition({ arch }), all);
  expect({ machine, cpu, firmware }).toEqual(expected);
  const lack = (parts: object) =>
    lackOf({ arch, vcpus: 1, ramMiB: 1, ...parts }, "qemu", { offer, passt: { usable: true } });
  expect(lack({ cpu: "max", net: { type: "user", backend: "passt" } })).toBeUndefined();
  expect(lack({ cpu: "cortex-a57" })).toMatch(
    `no processor 'cortex-a57' for ${arch} by qemu; it has maximum, `,
  );
  const uefi = arch === "riscv64" ? undefined : `libvirt knows no UEFI for ${arch}`;
  expect(lack({ firmware: "efi" })).toBe(uefi);
});

test("each architecture's answer is found by its name and domain type", () => {
  const offer = parseOffers(said);
  expect(offer("x86_64", "qemu")).toMatchObject({
    emulator: "/usr/bin/qemu-system-x86_64",
    machine: "pc-q35-7.2",
    cpuModes: ["maximum", "host-model", "custom"],
    firmware: ["efi"],
  });
  expect(offer("x86_64", "qemu")?.cpuModels).toContain("qemu64");
  expect(offer("aarch64", "qemu")).toMatchObject({ machine: "virt-7.2", cpuModes: ["maximum", "custom"] });
  expect(offer("ppc64le", "qemu")).toMatchObject({
    machine: "pseries-7.2",
    cpuModes: ["custom"],
    cpuModels: ["POWER10", "POWER9", "POWER8", "POWER7"],
    firmware: [],
  });
  expect(offer("armv7l", "qemu")).toMatchObject({ firmware: [] });
});

test("an emulator of the user's own is found by its path, and firmware is named", () => {
  const offer = parseOffers(said);
  expect(offer("aarch64", "qemu", "/usr/bin/qemu-system-aarch64")?.loaders).toEqual([
    "/usr/share/AAVMF/AAVMF_CODE.ms.fd",
    "/usr/share/AAVMF/AAVMF_CODE.fd",
  ]);
  expect(offer("aarch64", "qemu", "/opt/qemu")).toBeUndefined();
});

test("a newer libvirt tells what user networks can be, an older one does not", () => {
  expect(parseOffers(newer)("x86_64", "qemu")?.netBackends).toEqual(["default", "passt"]);
  expect(parseOffers(said)("x86_64", "qemu")?.netBackends).toEqual([]);
});

test("what libvirt did not answer is not there, and an answer is read once", () => {
  const offer = parseOffers(said);
  for (const [arch, type] of [
    ["riscv64", "qemu"],
    ["x86_64", "kvm"],
    ["x86", "qemu"],
  ] as const)
    expect(offer(arch, type)).toBeUndefined();
  expect(offer("x86_64", "qemu")).toBe(offer("x86_64", "qemu"));
  expect(parseOffers("error: unknown command: 'domcapabilities'")("x86_64", "qemu")).toBeUndefined();
});

test("what it does not say is empty; what is no XML is an error", () => {
  expect(parseDomainCapabilities("<domainCapabilities/>")).toEqual({
    emulator: undefined,
    machine: undefined,
    cpuModes: [],
    cpuModels: [],
    firmware: [],
    loaders: [],
    netBackends: [],
  });
  expect(() => parseDomainCapabilities("<domainCapabilities")).toThrow(/domain capabilities/);
});
