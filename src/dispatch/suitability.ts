import type { DomainType, HypervisorState, Requirements } from "./model.js";

export interface Refusal {
  readonly refused: string;
}

/** What other tools call the architectures that libvirt has its own names for. */
const LIBVIRT_NAMES: Readonly<Record<string, string>> = {
  amd64: "x86_64",
  "x86-64": "x86_64",
  i386: "i686",
  arm64: "aarch64",
  arm: "armv7l",
  armhf: "armv7l",
  ppc64el: "ppc64le",
};

/** The best domain type that a hypervisor has for a VM, or why it has none, whatever else runs there. */
export function suitability(
  requirements: Requirements,
  hypervisor: HypervisorState,
): { readonly domainType: DomainType } | Refusal {
  const { arch, domainType, ramMiB } = requirements;
  const types = typesOf(hypervisor, arch);
  if (types.length === 0) return { refused: noGuests(arch, hypervisor) };
  const wanted = domainType ?? (types.includes("kvm") ? "kvm" : "qemu");
  if (!types.includes(wanted)) return { refused: noType(wanted, arch, hypervisor) };
  if (ramMiB > hypervisor.memoryMiB) {
    return { refused: `${ramMiB} MiB asked, ${Math.floor(hypervisor.memoryMiB)} MiB in all` };
  }
  const lack = hypervisor.lacks?.(requirements, wanted);
  return lack === undefined ? { domainType: wanted } : { refused: lack };
}

// Own properties only: an architecture may be called `constructor`.
const typesOf = ({ domainTypes }: HypervisorState, arch: string): readonly DomainType[] =>
  Object.hasOwn(domainTypes, arch) ? (domainTypes[arch] ?? []) : [];

function noGuests(arch: string, { domainTypes }: HypervisorState): string {
  const libvirtName = Object.hasOwn(LIBVIRT_NAMES, arch) ? LIBVIRT_NAMES[arch] : undefined;
  if (libvirtName !== undefined) return `no ${arch} guests: libvirt's name for it is ${libvirtName}`;
  const known = Object.keys(domainTypes).sort();
  return `no ${arch} guests${known.length === 0 ? "" : `; it has ${known.join(", ")}`}`;
}

/** Why a hypervisor does not run guests of that architecture under kvm. */
export function noKvm(arch: string, { kvmRefused, facts }: HypervisorState): string {
  const own = facts["ansible_architecture"];
  const native = own === undefined || own === arch || (own === "x86_64" && arch === "i686");
  return kvmRefused !== undefined && native ? `kvm refused: ${kvmRefused}` : `no kvm for ${arch}`;
}

const noType = (wanted: DomainType, arch: string, hypervisor: HypervisorState): string =>
  wanted === "kvm" ? noKvm(arch, hypervisor) : `no ${wanted} for ${arch}`;
