/** What gathers which facts, by Ansible's names; those without facts here gather what farm does not know. */
const GATHERERS = {
  platform:
    /^(?:system|kernel|kernel_version|machine|machine_id|architecture|userspace_\w+|nodename|hostname|fqdn|domain)$/,
  distribution: /^(?:distribution(?:_\w+)?|os_family)$/,
  lsb: /^lsb$/,
  selinux: /^selinux$/,
  apparmor: /^apparmor$/,
  chroot: /^is_chroot$/,
  fips: /^fips$/,
  python: undefined,
  caps: undefined,
  pkg_mgr: /^pkg_mgr$/,
  service_mgr: /^service_mgr$/,
  cmdline: /^(?:proc_)?cmdline$/,
  date_time: /^date_time$/,
  env: /^env$/,
  loadavg: /^loadavg$/,
  ssh_pub_keys: /^ssh_host_key_/,
  user: /^(?:user|real|effective)_/,
  virtual: /^virtualization_/,
  hardware: /^(?:mem|swap|processor|bios_|product_|system_vendor$|uptime_|mounts$)/,
  dns: /^dns$/,
  local: /^local$/,
  fibre_channel_wwn: undefined,
  iscsi: undefined,
  nvme: undefined,
  facter: undefined,
  ohai: undefined,
  // And whatever a network interface is called.
  network: /^(?:default_ipv[46]|all_ipv[46]_addresses|interfaces)$/,
} as const satisfies Readonly<Record<string, RegExp | undefined>>;
type Gatherer = keyof typeof GATHERERS;

const ALL = Object.keys(GATHERERS) as readonly Gatherer[];

/** Gathered unless `!min` is said. */
const MIN: readonly Gatherer[] = [
  ...([
    "apparmor",
    "caps",
    "cmdline",
    "date_time",
    "distribution",
    "dns",
    "env",
    "fips",
    "local",
    "lsb",
  ] as const),
  ...(["pkg_mgr", "platform", "python", "selinux", "service_mgr", "ssh_pub_keys", "user"] as const),
];

/** What one cannot gather without, so that it is gathered too. */
const NEEDS: Partial<Readonly<Record<Gatherer, readonly Gatherer[]>>> = {
  pkg_mgr: ["distribution"],
  service_mgr: ["distribution", "platform"],
  hardware: ["platform"],
  network: ["distribution", "platform"],
};

/** Other names that Ansible takes for them: of facts that they gather. */
const OTHERS: Partial<Readonly<Record<Gatherer, readonly string[]>>> = {
  platform: ["architecture", "kernel", "kernel_version", "machine", "machine_id", "python_version", "system"],
  distribution: ["distribution_major_version", "distribution_release", "distribution_version", "os_family"],
  chroot: ["is_chroot"],
  caps: ["system_capabilities", "system_capabilities_enforced"],
  ssh_pub_keys: [
    ...["dsa", "ecdsa", "ed25519", "rsa"].map((kind) => `ssh_host_key_${kind}_public`),
    "ssh_host_pub_keys",
  ],
  user: [
    ...["effective_group_ids", "effective_user_id", "real_user_id"],
    ...["dir", "gecos", "gid", "id", "shell", "uid"].map((part) => `user_${part}`),
  ],
  virtual: ["role", "tech_guest", "tech_host", "type"].map((part) => `virtualization_${part}`),
  hardware: ["devices", "mounts", "processor", "processor_cores", "processor_count"],
  network: ["all_ipv4_addresses", "all_ipv6_addresses", "default_ipv4", "default_ipv6", "interfaces"],
};

const NAMED: ReadonlyMap<string, Gatherer> = new Map(
  ALL.flatMap((each) => [each, ...(OTHERS[each] ?? [])].map((name) => [name, each] as const)),
);

/** All that `gather_subset` may name, in order. */
export const subsetNames = (): readonly string[] => ["all", "min", ...[...NAMED.keys()].sort()];

/** The first of these that nobody knows; one that is only excluded may be unknown. */
export const unknownSubset = (subsets: readonly string[]): string | undefined =>
  subsets.find((each) => !each.startsWith("!") && each !== "all" && each !== "min" && !NAMED.has(each));

/** Whether a fact, named without `ansible_`, is in what `gather_subset` chooses; `min` is, unless it is excluded. */
export function chosenFacts(subsets: readonly string[]): (fact: string) => boolean {
  const asked = new Set(["min", ...subsets].flatMap((each) => (each.startsWith("!") ? [] : members(each))));
  const named = new Set(subsets.filter((each) => NAMED.has(each)).flatMap(members));
  const excluded = new Set(
    subsets.flatMap((each) => (each.startsWith("!") ? excludedBy(each.slice(1)) : [])),
  );
  const left = [...asked].filter((each) => named.has(each) || !excluded.has(each));
  const chosen = new Set(left.flatMap((each) => [each, ...(NEEDS[each] ?? [])]));
  return (fact) => chosen.has(gathererOf(fact));
}

function members(name: string): readonly Gatherer[] {
  if (name === "all") return ALL;
  if (name === "min") return MIN;
  const one = NAMED.get(name);
  return one === undefined ? [] : [one];
}

/** `!all` leaves the least. */
const excludedBy = (name: string): readonly Gatherer[] =>
  name === "all" ? ALL.filter((each) => !MIN.includes(each)) : members(name);

const gathererOf = (fact: string): Gatherer => ALL.find((each) => GATHERERS[each]?.test(fact)) ?? "network";
