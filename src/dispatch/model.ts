/** The two ways libvirt's QEMU driver runs a guest: with the processor's help, or by emulation. */
export type DomainType = "kvm" | "qemu";

/** What libvirt can make of one architecture by one domain type: `virsh domcapabilities`. */
export interface GuestOffer {
  readonly emulator: string | undefined;
  /** What the default machine's name stands for there, such as `pc-q35-7.2`. */
  readonly machine: string | undefined;
  readonly cpuModes: readonly string[];
  readonly cpuModels: readonly string[];
  /** Kinds that libvirt finds by itself: `efi`. */
  readonly firmware: readonly string[];
  /** Paths of firmware images that libvirt knows. */
  readonly loaders: readonly string[];
  /** What a user network may be: `default`, QEMU's own, or `passt`; none where libvirt does not tell. */
  readonly netBackends: readonly string[];
}

/** What a hypervisor knows of paths that definitions name. */
export interface NamedPaths {
  readonly missing: ReadonlySet<string>;
  /** Firmware in flash -> what a VM's own copy of its variables is made from, by the firmware's descriptors. */
  readonly varsTemplates: ReadonlyMap<string, string>;
}

/** Whether user networks can be passt's, or why not. */
export type Passt = { readonly usable: true } | { readonly usable: false; readonly reason: string };

/** What one hypervisor said about itself when it was asked; all of it before anything is decided. */
export interface HypervisorState {
  readonly name: string;
  readonly reachable: boolean;
  /** Why not, when it is not. */
  readonly error?: string;
  /** libvirt's name of a guest architecture -> the domain types it can really run (kvm only if proved or trusted). */
  readonly domainTypes: Readonly<Record<string, readonly DomainType[]>>;
  /** libvirt's name of a guest architecture -> the emulator's path. */
  readonly emulators: Readonly<Record<string, string>>;
  /** libvirt's name of a guest architecture -> names of its machines, aliases too. */
  readonly machines?: Readonly<Record<string, readonly string[]>>;
  /** By architecture, domain type and the user's own emulator; undefined where libvirt did not tell. */
  readonly offer?: (arch: string, domainType: DomainType, emulator?: string) => GuestOffer | undefined;
  /** Where nobody asked nothing is known. */
  readonly named?: NamedPaths;
  /** What a VM asks of the machine and is not there; undefined for nothing. */
  readonly lacks?: (wanted: Requirements, domainType: DomainType) => string | undefined;
  /** Where nobody asked it is not used. */
  readonly passt?: Passt;
  /** Why kvm is not among the domain types although libvirt names it. */
  readonly kvmRefused?: string;
  readonly cpus: number;
  /** All of its memory. */
  readonly memoryMiB: number;
  /** What can be given to guests now. */
  readonly freeMemoryMiB: number;
  /** The user's own limit on VMs at one time (`max_vms`). */
  readonly maxVms?: number;
  /** Ansible's names for what definitions ask about the hypervisor: ansible_architecture, ansible_env, ... */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What a VM asks of a hypervisor; it may differ by hypervisor, since expressions see that one's facts. */
export interface Requirements {
  readonly arch: string;
  /** Forced by the user's `virt_domain`. */
  readonly domainType?: DomainType;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly machine?: string | undefined;
  readonly cpu?: string | undefined;
  /** A path, or `efi`. */
  readonly firmware?: string | undefined;
  /** One of the user's own. */
  readonly emulator?: string | undefined;
  /** Its type, and what a user network is to be: libvirt's words. */
  readonly net?: { readonly type: string; readonly backend?: "default" | "passt" | undefined } | undefined;
}

export interface VmRequest {
  readonly name: string;
  /** @throws ConfigError when the definition cannot be evaluated with that hypervisor's facts. */
  readonly requirements: (hypervisor: HypervisorState) => Requirements;
  /** The restore point of this VM that saves the most there; undefined when there is none. */
  readonly warm?: (hypervisor: string) => Warmth | undefined;
}

/** What a VM may go on from. */
export type Warmth = "clean" | "init";

export interface Rejection {
  readonly hypervisor: string;
  readonly reason: string;
}

/** Where a VM goes, and why there and nowhere else. */
export interface Placement {
  readonly vm: string;
  readonly hypervisor: string | null;
  readonly domainType: DomainType | null;
  readonly reason: string;
  readonly rejected: readonly Rejection[];
}
