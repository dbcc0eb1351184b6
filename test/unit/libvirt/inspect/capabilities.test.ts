import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseCapabilities } from "../../../../src/libvirt/inspect/capabilities.js";

const fixture = (name: string) =>
  readFileSync(new URL(`../../../fixtures/libvirt/${name}.xml`, import.meta.url), "utf8");
const inHost = (guests: string) =>
  `<capabilities><host><cpu><arch>x86_64</arch></cpu></host>${guests}</capabilities>`;

describe("parseCapabilities", () => {
  it("reads the root daemon's answer", () => {
    const { hostArch, guests, qemuOwner } = parseCapabilities(fixture("capabilities-root"));
    expect(hostArch).toBe("x86_64");
    expect(guests.map(({ arch, emulator, domainTypes }) => [arch, emulator, domainTypes])).toEqual([
      ["armv7l", "/usr/bin/qemu-system-arm", ["qemu"]],
      ["aarch64", "/usr/bin/qemu-system-aarch64", ["qemu"]],
      ["i686", "/usr/bin/qemu-system-i386", ["qemu", "kvm"]],
      ["ppc64le", "/usr/bin/qemu-system-ppc64le", ["qemu"]],
      ["x86_64", "/usr/bin/qemu-system-x86_64", ["qemu", "kvm"]],
    ]);
    expect(guests.at(-1)?.machines).toContainEqual({ name: "q35", canonical: "pc-q35-7.2" });
    expect(guests.at(-1)?.machines).toContainEqual({ name: "pc-q35-7.2", canonical: undefined });
    expect(qemuOwner).toEqual({ uid: 64055, gid: 64055 });
  });

  it("reads an ordinary user's answer: no kvm, no other owner of QEMU", () => {
    const { guests, qemuOwner } = parseCapabilities(fixture("capabilities-user"));
    expect(guests.map(({ domainTypes }) => domainTypes)).toEqual(guests.map(() => ["qemu"]));
    expect(qemuOwner).toBeUndefined();
  });

  it("takes a single guest, and none", () => {
    expect(parseCapabilities(fixture("capabilities-one-guest")).guests.map(({ arch }) => arch)).toEqual([
      "x86_64",
    ]);
    expect(parseCapabilities(inHost("")).guests).toEqual([]);
    expect(parseCapabilities("<capabilities/>")).toEqual({
      hostArch: undefined,
      guests: [],
      qemuOwner: undefined,
    });
  });

  it("takes an emulator that stands in the domain, and skips what is not for QEMU", () => {
    const guest = (inner: string, type = "hvm") =>
      `<guest><os_type>${type}</os_type><arch name='x86_64'>${inner}</arch></guest>`;
    const xml = inHost(
      guest("<domain type='kvm'><emulator>/usr/libexec/qemu-kvm</emulator></domain>") +
        guest("<emulator>/usr/lib/xen</emulator><domain type='xen'/>", "xen") +
        guest("<domain type='qemu'/>"),
    );
    expect(parseCapabilities(xml).guests).toEqual([
      { arch: "x86_64", emulator: "/usr/libexec/qemu-kvm", domainTypes: ["kvm"], machines: [] },
    ]);
  });

  it.each(["", "no xml", "<capabilities"])("refuses %j", (text) => {
    expect(() => parseCapabilities(text)).toThrow(/cannot read libvirt's capabilities/);
  });
});
