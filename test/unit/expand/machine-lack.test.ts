import { describe, expect, it } from "vitest";
import type { Requirements } from "../../../src/dispatch/model.js";
import { lackOf } from "../../../src/expand/machine-lack.js";

describe("what a definition names of its machine", () => {
  const offer = {
    emulator: "/q",
    machine: "pc-q35-7.2",
    cpuModes: ["maximum", "custom"],
    cpuModels: ["qemu64", "Nehalem"],
    firmware: [] as string[],
    loaders: ["/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_CODE_4M.ms.fd"],
    netBackends: [],
  };
  const machines = { x86_64: ["pc", "q35", "pc-q35-7.2"] };
  const missing = ["/usr/share/OVMF/OVMF_CODE.fd", "/opt/gone"];
  const named = { missing: new Set(missing), varsTemplates: new Map() };
  /** Of an emulator of the user's own libvirt tells where it says something. */
  const offers = (_arch: string, _type: string, emulator?: string) =>
    emulator === "/opt/silent" ? undefined : offer;
  const lack = (parts: Partial<Requirements>) =>
    lackOf({ arch: "x86_64", vcpus: 1, ramMiB: 1, ...parts }, "qemu", { machines, offer: offers, named });

  it.each<[Partial<Requirements>, string]>([
    [{ machine: "q36" }, "no machine 'q36' for x86_64; did you mean 'q35'?"],
    [{ machine: "virt" }, "no machine 'virt' for x86_64; it has pc, q35, pc-q35-7.2"],
    [{ cpu: "nehalen" }, "no processor 'nehalen' for x86_64 by qemu; did you mean 'Nehalem'?"],
    [{ cpu: "host" }, "no processor 'host' for x86_64 by qemu; it has maximum, qemu64, Nehalem"],
    [{ firmware: "efi" }, "libvirt knows no UEFI for x86_64"],
    [
      { firmware: "/usr/share/OVMF/OVMF_CODE.fd" },
      "no firmware /usr/share/OVMF/OVMF_CODE.fd; did you mean '/usr/share/OVMF/OVMF_CODE_4M.fd'?",
    ],
    [{ emulator: "/opt/gone", cpu: "mine" }, "no emulator /opt/gone"],
    [
      { emulator: "/opt/qemu", machine: "mine", cpu: "nehalen" },
      "no processor 'nehalen' for x86_64 by qemu; did you mean 'Nehalem'?",
    ],
  ])("is a reason when it is not there: %o", (parts, reason) => {
    expect(lack(parts)).toBe(reason);
  });

  it.each<Partial<Requirements>>([
    { machine: "pc-q35-7.2", cpu: "qemu64" },
    { cpu: "max", firmware: "/a/path" },
    { machine: "mine", cpu: "mine", firmware: "efi", emulator: "/opt/silent" },
    { machine: "mine", emulator: "/opt/qemu" },
  ])("is taken when it is there, or nobody knows: %o", (parts) => {
    expect(lack(parts)).toBeUndefined();
  });
});

it("is not judged where libvirt did not tell", () => {
  const wanted = { arch: "x86_64", vcpus: 1, ramMiB: 1, machine: "q36", cpu: "x", firmware: "efi" };
  expect(lackOf(wanted, "qemu", {})).toBeUndefined();
  expect(lackOf(wanted, "kvm", { machines: { aarch64: ["virt"] }, offer: () => undefined })).toBeUndefined();
});
