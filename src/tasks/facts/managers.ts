import type { KnownFacts } from "./fact-types.js";
import type { Material } from "./material.js";

/** Where each package manager is; of several that are there the later one counts, unless the family has its own. */
const PACKAGE_MANAGERS: Readonly<Record<string, string>> = {
  "/usr/bin/rpm-ostree": "atomic_container",
  "/usr/bin/yum": "yum",
  "/usr/bin/dnf": "dnf",
  "/usr/bin/apt-get": "apt",
  "/usr/bin/zypper": "zypper",
  "/usr/sbin/urpmi": "urpmi",
  "/usr/bin/pacman": "pacman",
  "/bin/opkg": "opkg",
  "/usr/local/bin/brew": "homebrew",
  "/sbin/apk": "apk",
  "/usr/bin/emerge": "portage",
  "/usr/bin/xbps-install": "xbps",
  "/usr/bin/swupd": "swupd",
};

const BOOTED_FROM_OSTREE = "/run/ostree-booted";
const SYSTEMD_RUNS = "/run/systemd/system";
const UPSTART_JOBS = "/etc/init";
const OPENRC = "/sbin/openrc";
const INIT_SCRIPTS = "/etc/init.d";

/** What `managerFacts` asks whether it exists. */
export const MANAGER_PATHS: readonly string[] = [
  ...Object.keys(PACKAGE_MANAGERS),
  BOOTED_FROM_OSTREE,
  SYSTEMD_RUNS,
  UPSTART_JOBS,
  OPENRC,
  INIT_SCRIPTS,
];

/** What installs packages, and what starts services. */
export function managerFacts(material: Material, facts: Partial<KnownFacts>): Partial<KnownFacts> {
  return { pkg_mgr: packageManager(material, facts), service_mgr: serviceManager(material) };
}

function packageManager(material: Material, facts: Partial<KnownFacts>): string {
  const installed = Object.entries(PACKAGE_MANAGERS).filter(([path]) => material.exists(path));
  const last = installed.at(-1)?.[1] ?? "unknown";
  if (facts.os_family === "Debian") return "apt";
  if (facts.os_family === "Altlinux" && last === "apt") return "apt_rpm";
  if (facts.os_family !== "RedHat") return last;
  if (material.exists(BOOTED_FROM_OSTREE)) return "atomic_container";
  const major = Number(facts.distribution_major_version);
  const firstWithDnf = facts.distribution === "Fedora" ? 23 : facts.distribution === "Amazon" ? 2022 : 8;
  return major < firstWithDnf ? "yum" : "dnf";
}

/** Process 1 by another name than its own. */
const INIT_NAMES: Readonly<Record<string, string>> = {
  procd: "openwrt_init",
  "runit-init": "runit",
  svscan: "svc",
  "openrc-init": "openrc",
};

/** Process 1 tells, unless it is a plain `init`, or a shell in a container. */
function serviceManager(material: Material): string {
  const first = material.text("/proc/1/comm");
  if (first !== undefined && first !== "init" && !first.endsWith("sh")) return INIT_NAMES[first] ?? first;
  const programs = new Set(material.said("programs"));
  const systemd = programs.has("systemctl");
  if (systemd && material.exists(SYSTEMD_RUNS)) return "systemd";
  if (programs.has("initctl") && material.exists(UPSTART_JOBS)) return "upstart";
  if (material.exists(OPENRC)) return "openrc";
  if (systemd && programs.has("init-is-systemd")) return "systemd";
  return material.exists(INIT_SCRIPTS) ? "sysvinit" : "service";
}
