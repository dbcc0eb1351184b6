import type { KnownFacts } from "./fact-types.js";

/** The compiler holds this list to the facts that there are. */
const KNOWN: Readonly<Record<keyof KnownFacts, true>> = {
  system: true,
  kernel: true,
  kernel_version: true,
  machine: true,
  architecture: true,
  userspace_bits: true,
  userspace_architecture: true,
  nodename: true,
  hostname: true,
  fqdn: true,
  domain: true,
  machine_id: true,
  is_chroot: true,
  distribution: true,
  distribution_version: true,
  distribution_major_version: true,
  distribution_minor_version: true,
  distribution_release: true,
  distribution_file_variety: true,
  os_family: true,
  lsb: true,
  user_id: true,
  user_uid: true,
  user_gid: true,
  user_gecos: true,
  user_dir: true,
  user_shell: true,
  real_user_id: true,
  effective_user_id: true,
  real_group_id: true,
  effective_group_id: true,
  env: true,
  local: true,
  memtotal_mb: true,
  memfree_mb: true,
  swaptotal_mb: true,
  swapfree_mb: true,
  memory_mb: true,
  processor: true,
  processor_count: true,
  processor_cores: true,
  processor_threads_per_core: true,
  processor_vcpus: true,
  processor_nproc: true,
  default_ipv4: true,
  default_ipv6: true,
  all_ipv4_addresses: true,
  all_ipv6_addresses: true,
  interfaces: true,
  dns: true,
  pkg_mgr: true,
  service_mgr: true,
  date_time: true,
  uptime_seconds: true,
  loadavg: true,
  mounts: true,
  virtualization_type: true,
  virtualization_role: true,
  virtualization_tech_guest: true,
  virtualization_tech_host: true,
  selinux: true,
  apparmor: true,
  fips: true,
  cmdline: true,
  proc_cmdline: true,
  bios_date: true,
  bios_vendor: true,
  bios_version: true,
  product_name: true,
  product_serial: true,
  product_uuid: true,
  product_version: true,
  system_vendor: true,
  ssh_host_key_dsa_public: true,
  ssh_host_key_dsa_public_keytype: true,
  ssh_host_key_ecdsa_public: true,
  ssh_host_key_ecdsa_public_keytype: true,
  ssh_host_key_ed25519_public: true,
  ssh_host_key_ed25519_public_keytype: true,
  ssh_host_key_rsa_public: true,
  ssh_host_key_rsa_public_keytype: true,
};

const NAMES: ReadonlySet<string> = new Set(Object.keys(KNOWN).map((key) => `ansible_${key}`));

/** `ansible_<key>` of every fact with a fixed name; `namesFact` knows those of network interfaces too. */
export const factNames = (): ReadonlySet<string> => NAMES;

/**
 * Interfaces as Linux, systemd, libvirt and container tools name them. No other becomes a fact of its own: a guest chooses the
 * names, and `ansible_host` or `ansible_user` are not its to give.
 */
const PREFIX =
  /^(?:bond|br|cni|docker|dummy|en|eth|ib|ifb|lxcbr|lxdbr|podman|sit|tap|team|tun|usb|veth|virbr|vlan|vnet|wg|wl|ww)/;

/** The key that an interface's facts have, with `_` for `-` and `:`. Undefined for a name that no system gives. */
export function interfaceKey(device: string): string | undefined {
  const key = device.replace(/[-:]/g, "_");
  const usual = PREFIX.test(key) && /\d|^(?:br|docker)_/.test(key) && /^[\w.]+$/.test(key);
  return usual || key === "lo" ? key : undefined;
}

/** Whether a variable may be a fact of a machine, such that a task that uses it needs the machine's facts. */
export const namesFact = (name: string): boolean =>
  NAMES.has(name) ||
  (name.startsWith("ansible_") && interfaceKey(name.slice("ansible_".length)) !== undefined);
