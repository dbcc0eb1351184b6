import type { Facts } from "./facts.js";

/** The address that a machine is known by, of one family. Empty when there is no way out. */
export interface DefaultAddress {
  readonly address?: string;
  readonly gateway?: string;
  readonly interface?: string;
  readonly macaddress?: string;
  readonly mtu?: number;
  readonly type?: string;
  /** In digits, as Ansible has it. */
  readonly prefix?: string;
}

export interface DefaultIpv4 extends DefaultAddress, Partial<Ipv4Address> {
  /** The label of the address, e.g. `eth0:1`; most often the interface. */
  readonly alias?: string;
}

export interface DefaultIpv6 extends DefaultAddress {
  readonly scope?: string;
}

export interface Ipv4Address {
  readonly address: string;
  /** Empty where there is none. */
  readonly broadcast: string;
  readonly netmask: string;
  readonly network: string;
  readonly prefix: string;
}

export interface Ipv6Address {
  readonly address: string;
  readonly prefix: string;
  readonly scope: string;
}

/** One network interface: `ansible_facts.eth0`. */
export interface NetworkInterface {
  readonly device?: string;
  readonly macaddress?: string;
  readonly mtu?: number;
  readonly active?: boolean;
  /** `ether`, `loopback`, `bridge`, `bonding`, `tunnel` ... or `unknown`. */
  readonly type?: string;
  /** Mbit/s; -1 where the driver does not know. */
  readonly speed?: number;
  readonly promisc?: boolean;
  readonly ipv4?: Ipv4Address;
  readonly ipv4_secondaries?: readonly Ipv4Address[];
  readonly ipv6?: readonly Ipv6Address[];
}

/** One mounted file system of a device. Sizes are in bytes, and missing for one that lives on another machine. */
export interface Mount {
  readonly mount: string;
  readonly device: string;
  readonly fstype: string;
  readonly options: string;
  readonly size_total?: number;
  readonly size_available?: number;
  readonly block_size?: number;
  readonly block_total?: number;
  readonly block_available?: number;
  readonly block_used?: number;
  readonly inode_total?: number;
  readonly inode_available?: number;
  readonly inode_used?: number;
}

/** In MiB. */
export interface MemoryMb {
  readonly real: { readonly total?: number; readonly used?: number; readonly free?: number };
  readonly nocache: { readonly free?: number; readonly used?: number };
  readonly swap: {
    readonly total?: number;
    readonly free?: number;
    readonly used?: number;
    readonly cached?: number;
  };
}

type Words = Readonly<Record<string, string>>;
/** Of the kernel's command line: true for a word without `=`. */
type KernelWords = Readonly<Record<string, string | true | readonly (string | true)[]>>;

/** What the guest's `/etc/resolv.conf` says. */
export interface Dns {
  readonly nameservers?: readonly string[];
  readonly domain?: string;
  readonly search?: readonly string[];
  readonly sortlist?: readonly string[];
  readonly options?: Readonly<Record<string, string | true>>;
}

/** Every fact of a fixed name, without the prefix `ansible_`. One that the machine does not tell is missing. */
export interface KnownFacts {
  readonly system: string;
  readonly kernel: string;
  readonly kernel_version: string;
  readonly machine: string;
  /** As `machine`, but `i386` for every 32-bit x86. */
  readonly architecture: string;
  readonly userspace_bits: string;
  readonly userspace_architecture: string;
  readonly nodename: string;
  readonly hostname: string;
  /** By `/etc/hosts`; DNS is not asked. */
  readonly fqdn: string;
  readonly domain: string;
  readonly machine_id: string;
  readonly is_chroot: boolean;
  readonly distribution: string;
  readonly distribution_version: string;
  readonly distribution_major_version: string;
  readonly distribution_minor_version: string;
  readonly distribution_release: string;
  readonly distribution_file_variety: string;
  readonly os_family: string;
  readonly lsb: Words;
  readonly user_id: string;
  readonly user_uid: number;
  readonly user_gid: number;
  readonly user_gecos: string;
  readonly user_dir: string;
  readonly user_shell: string;
  readonly real_user_id: number;
  readonly effective_user_id: number;
  readonly real_group_id: number;
  readonly effective_group_id: number;
  /** The whole environment, secrets in it included. */
  readonly env: Words;
  readonly memtotal_mb: number;
  readonly memfree_mb: number;
  readonly swaptotal_mb: number;
  readonly swapfree_mb: number;
  readonly memory_mb: MemoryMb;
  /** Number, vendor and model of each processor, as far as the kernel names them. */
  readonly processor: readonly string[];
  readonly processor_count: number;
  readonly processor_cores: number;
  readonly processor_threads_per_core: number;
  readonly processor_vcpus: number;
  /** How many of them a process may use. */
  readonly processor_nproc: number;
  readonly default_ipv4: DefaultIpv4;
  readonly default_ipv6: DefaultIpv6;
  readonly all_ipv4_addresses: readonly string[];
  readonly all_ipv6_addresses: readonly string[];
  readonly interfaces: readonly string[];
  readonly dns: Dns;
  readonly pkg_mgr: string;
  readonly service_mgr: string;
  /** Ansible's keys, all of them strings. */
  readonly date_time: Words;
  readonly uptime_seconds: number;
  readonly loadavg: Readonly<Record<"1m" | "5m" | "15m", number>>;
  readonly mounts: readonly Mount[];
  readonly virtualization_type: string;
  readonly virtualization_role: string;
  readonly virtualization_tech_guest: readonly string[];
  readonly virtualization_tech_host: readonly string[];
  readonly selinux: Words;
  readonly apparmor: Words;
  readonly fips: boolean;
  readonly cmdline: KernelWords;
  /** As `cmdline`; a word that is there twice is a list. */
  readonly proc_cmdline: KernelWords;
  /** `NA`, as all that firmware tells, where it tells nothing or only to root. */
  readonly bios_date: string;
  readonly bios_vendor: string;
  readonly bios_version: string;
  readonly product_name: string;
  readonly product_serial: string;
  readonly product_uuid: string;
  readonly product_version: string;
  readonly system_vendor: string;
  /** The machine's own, by the names of their files. */
  readonly local: Readonly<Record<string, unknown>>;
  readonly ssh_host_key_dsa_public: string;
  readonly ssh_host_key_dsa_public_keytype: string;
  readonly ssh_host_key_ecdsa_public: string;
  readonly ssh_host_key_ecdsa_public_keytype: string;
  readonly ssh_host_key_ed25519_public: string;
  readonly ssh_host_key_ed25519_public_keytype: string;
  readonly ssh_host_key_rsa_public: string;
  readonly ssh_host_key_rsa_public_keytype: string;
}

/** What a machine told; the facts of its network interfaces stand beside the others, by the interface's name. */
export type MachineFacts = Facts & Partial<KnownFacts>;
