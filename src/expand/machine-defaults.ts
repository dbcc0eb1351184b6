import type { DomainType, GuestOffer, HypervisorState } from "../dispatch/model.js";
import type { VmDefinition } from "../load/definitions/vm-definition.js";

/** libvirt's own default differs by version, and for ARM it is a machine nobody wants. */
export const DEFAULT_MACHINES: Readonly<Record<string, string>> = {
  x86_64: "q35",
  i686: "q35",
  aarch64: "virt",
  armv7l: "virt",
  riscv64: "virt",
  loongarch64: "virt",
  ppc64: "pseries",
  ppc64le: "pseries",
  s390x: "s390-ccw-virtio",
};

/** libvirt's modes, and the names that QEMU users know them by; libvirt takes none of these for a model. */
export const CPU_MODES: Readonly<Record<string, string>> = {
  "host-passthrough": "host-passthrough",
  host: "host-passthrough",
  "host-model": "host-model",
  maximum: "maximum",
  max: "maximum",
};

/**
 * What an emulated guest gets when nobody asked, the best first. On x86_64 everything QEMU knows: as quick as qemu64 (a
 * boot to power-off takes 4.4 s with either), and current distributions demand more than qemu64 has. On ARM `maximum` is
 * slow: it signs pointers, in software. Other architectures get QEMU's own default.
 */
const EMULATED: Readonly<Record<string, readonly string[]>> = {
  x86_64: ["maximum", "qemu64"],
  i686: ["maximum", "qemu32"],
  aarch64: ["cortex-a57", "cortex-a53", "maximum"],
  armv7l: ["cortex-a15", "maximum"],
  ppc64: ["POWER9", "POWER10", "POWER8"],
  ppc64le: ["POWER9", "POWER10", "POWER8"],
};
const REAL: readonly string[] = ["host-passthrough", "host-model"];

/** Machines of these can start nothing from a disk without UEFI. */
const NEEDS_UEFI = new Set(["aarch64", "riscv64", "loongarch64"]);

/** A processor of that name, or undefined where QEMU's own default is best. */
export function defaultCpu(arch: string, domainType: DomainType, offer?: GuestOffer): string | undefined {
  const wanted = domainType === "kvm" ? REAL : (EMULATED[arch] ?? []);
  return wanted.find((cpu) => !lacksCpu(offer, cpu)) ?? wanted[0];
}

/** Whether a hypervisor has told what processors it has, and this is none of them. */
export function lacksCpu(offer: GuestOffer | undefined, cpu: string): boolean {
  if (!offer) return false;
  const mode = Object.hasOwn(CPU_MODES, cpu) ? CPU_MODES[cpu] : undefined;
  if (mode !== undefined) return offer.cpuModes.length > 0 && !offer.cpuModes.includes(mode);
  return offer.cpuModels.length > 0 && !offer.cpuModels.includes(cpu);
}

/** The definition with what it leaves out of its machine, by what is there on the hypervisor. */
export function withMachineDefaults(
  definition: VmDefinition,
  { machines, offer, named }: HypervisorState,
): VmDefinition {
  const { arch, virt_domain: domainType } = definition;
  const offered = offer?.(arch, domainType, definition.emulator);
  const machine = definition.machine ?? defaultMachine(arch, machines?.[arch]);
  const cpu = definition.cpu ?? defaultCpu(arch, domainType, offered);
  const bare = definition.firmware === undefined && definition.kernel === undefined;
  const uefi = bare && NEEDS_UEFI.has(arch) && offered?.firmware.includes("efi");
  const vars = definition.nvram_template ?? named?.varsTemplates.get(definition.firmware ?? "");
  return {
    ...definition,
    ...(machine !== undefined && { machine }),
    ...(cpu !== undefined && { cpu }),
    ...(uefi && { firmware: "efi" }),
    ...(vars !== undefined && { nvram_template: vars }),
  };
}

const defaultMachine = (arch: string, there: readonly string[] | undefined): string | undefined => {
  const machine = Object.hasOwn(DEFAULT_MACHINES, arch) ? DEFAULT_MACHINES[arch] : undefined;
  return machine !== undefined && there !== undefined && !there.includes(machine) ? undefined : machine;
};
