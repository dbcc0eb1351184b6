import { lacksCpu } from "../expand/machine-defaults.js";
import { didYouMean } from "../load/nearest.js";
import type { DomainType, GuestOffer, HypervisorState, Requirements } from "./model.js";

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
  const lack = lackOf(requirements, wanted, hypervisor);
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

/** What the definition names of the machine and is not there. An emulator of the user's own is not judged. */
function lackOf(
  { arch, machine, cpu, firmware, emulator }: Requirements,
  type: DomainType,
  { machines = {}, offer }: HypervisorState,
): string | undefined {
  if (emulator !== undefined) return undefined;
  const known = Object.hasOwn(machines, arch) ? machines[arch] : undefined;
  if (machine !== undefined && known && !known.includes(machine))
    return `no machine '${machine}' for ${arch}${instead(machine, known)}`;
  const offered = offer?.(arch, type);
  if (cpu !== undefined && offered && lacksCpu(offered, cpu))
    return `no processor '${cpu}' for ${arch} by ${type}${instead(cpu, processors(offered))}`;
  if (firmware === "efi" && offered && !offered.firmware.includes("efi"))
    return `libvirt knows no UEFI for ${arch}`;
  return undefined;
}

const processors = ({ cpuModes, cpuModels }: GuestOffer): string[] => [
  ...cpuModes.filter((mode) => mode !== "custom"),
  ...cpuModels,
];

const SOME = 8;

/** What is there: the nearest name, else some. */
function instead(name: string, there: readonly string[]): string {
  const meant = didYouMean(name, new Set(there));
  if (meant !== "") return meant;
  const more = there.length > SOME ? ` and ${there.length - SOME} more` : "";
  return there.length === 0 ? "" : `; it has ${there.slice(0, SOME).join(", ")}${more}`;
}
