import type { DomainType } from "../../dispatch/model.js";
import { at, childrenOf, parseXml, textAt, type XmlElement } from "../xml.js";

export interface Machine {
  readonly name: string;
  /** What an alias such as `q35` stands for here, e.g. `pc-q35-7.2`. */
  readonly canonical: string | undefined;
}

/** One kind of guest that QEMU emulates there. */
export interface GuestArch {
  /** libvirt's name: x86_64, aarch64, armv7l, ppc64le ... */
  readonly arch: string;
  readonly emulator: string;
  /** As libvirt says; `kvm` means only that /dev/kvm opens. */
  readonly domainTypes: readonly DomainType[];
  readonly machines: readonly Machine[];
}

/** What `virsh capabilities` says, as far as farm asks. */
export interface Capabilities {
  readonly hostArch: string | undefined;
  readonly guests: readonly GuestArch[];
  /** User and group that QEMU runs as, when libvirt changes them: `64055:64055`. */
  readonly qemuOwner: { readonly uid: number; readonly gid: number } | undefined;
}

/** @throws HypervisorError when it is not XML; what is missing in it is left out. */
export function parseCapabilities(xml: string): Capabilities {
  const root = parseXml(xml, "libvirt's capabilities");
  const host = at(root, "host");
  return {
    hostArch: textAt(host, "cpu", "arch"),
    guests: childrenOf(root, "guest")
      .filter((guest) => (textAt(guest, "os_type") ?? "hvm") === "hvm")
      .flatMap(guestArch),
    qemuOwner: qemuOwner(host),
  };
}

function guestArch(guest: XmlElement): GuestArch[] {
  const arch = at(guest, "arch");
  const name = arch?.attributes.get("name");
  const domains = childrenOf(arch, "domain").filter((domain) => isDomainType(domain.attributes.get("type")));
  // The emulator stands in <arch>, or in each <domain> where they differ.
  const emulator =
    textAt(arch, "emulator") ?? domains.map((domain) => textAt(domain, "emulator")).find(Boolean);
  if (!name || !emulator) return [];
  const domainTypes = [...new Set(domains.map((domain) => domain.attributes.get("type")))].filter(
    isDomainType,
  );
  // So do machines, where KVM has others.
  const machines = [arch, ...domains].flatMap((each) => childrenOf(each, "machine").map(machine));
  return [{ arch: name, emulator, domainTypes, machines }];
}

const machine = (element: XmlElement): Machine => ({
  name: element.text.trim(),
  canonical: element.attributes.get("canonical"),
});

const isDomainType = (type: string | undefined): type is DomainType => type === "kvm" || type === "qemu";

function qemuOwner(host: XmlElement | undefined): Capabilities["qemuOwner"] {
  const dac = childrenOf(host, "secmodel").find((model) => textAt(model, "model") === "dac");
  const label = childrenOf(dac, "baselabel")[0]?.text.trim() ?? "";
  const found = /^\+(\d+):\+(\d+)$/.exec(label);
  return found ? { uid: Number(found[1]), gid: Number(found[2]) } : undefined;
}
