import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseDomainCapabilities, parseOffers } from "../../../../src/libvirt/inspect/domain-capabilities.js";

/** Debian 12's own words on four architectures, and on one that it has no emulator for. */
const said = readFileSync(new URL("../../../fixtures/libvirt/domcapabilities.txt", import.meta.url), "utf8");

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
  const file = new URL("../../../fixtures/libvirt/domcapabilities-11.3.xml", import.meta.url);
  expect(parseDomainCapabilities(readFileSync(file, "utf8")).netBackends).toEqual(["default", "passt"]);
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
