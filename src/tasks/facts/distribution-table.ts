/** How Ansible calls a distribution. */
interface Distribution {
  /** `ansible_distribution`. */
  readonly name: string;
  /** `ansible_os_family`. */
  readonly family: string;
  /** `ansible_distribution_file_variety`: whose kind of release file names it; `NA` for os-release alone. */
  readonly variety: string;
}

const rows = (family: string, variety: string, names: Readonly<Record<string, string>>) =>
  Object.entries(names).map(([id, name]): [string, Distribution] => [id, { name, family, variety }]);

/** By the `ID` of os-release, in small letters. */
export const DISTRIBUTIONS: ReadonlyMap<string, Distribution> = new Map([
  ...rows("Debian", "Debian", {
    debian: "Debian",
    raspbian: "Debian",
    ubuntu: "Ubuntu",
    kali: "Kali",
    parrot: "Parrot",
    devuan: "Devuan",
    linuxmint: "Linux Mint",
    deepin: "Deepin",
    uos: "Uos",
    steamos: "SteamOS",
  }),
  ...rows("Debian", "NA", { pop: "Pop!_OS", neon: "KDE neon", osmc: "OSMC", pardus: "Pardus GNU/Linux" }),
  ...rows("RedHat", "RedHat", {
    fedora: "Fedora",
    rhel: "RedHat",
    centos: "CentOS",
    rocky: "Rocky",
    almalinux: "AlmaLinux",
    scientific: "Scientific",
    cloudlinux: "CloudLinux",
    eurolinux: "EuroLinux",
    virtuozzo: "Virtuozzo",
  }),
  ...rows("RedHat", "OracleLinux", { ol: "OracleLinux" }),
  ...rows("RedHat", "Amazon", { amzn: "Amazon" }),
  ...rows("RedHat", "CentOS", { tencentos: "TencentOS" }),
  ...rows("RedHat", "NA", { openeuler: "openEuler" }),
  ...rows("Archlinux", "Archlinux", { arch: "Archlinux", archarm: "Archlinux", manjaro: "Archlinux" }),
  ...rows("Suse", "SUSE", {
    "opensuse-leap": "openSUSE Leap",
    "opensuse-tumbleweed": "openSUSE Tumbleweed",
    opensuse: "openSUSE",
    sles: "SLES",
    sled: "SLED",
    sles_sap: "SLES_SAP",
  }),
  ...rows("Alpine", "Alpine", { alpine: "Alpine" }),
  ...rows("Gentoo", "NA", { gentoo: "Gentoo", funtoo: "Funtoo" }),
  ...rows("Slackware", "Slackware", { slackware: "Slackware" }),
  ...rows("Altlinux", "Altlinux", { altlinux: "Altlinux" }),
  ...rows("OpenWrt", "OpenWrt", { openwrt: "OpenWrt" }),
  ...rows("Flatcar", "Flatcar", { flatcar: "Flatcar" }),
  ...rows("ClearLinux", "ClearLinux", { "clear-linux-os": "Clear Linux OS" }),
]);

/**
 * Files that name a distribution in a sentence, e.g. `Rocky Linux release 9.3 (Blue Onyx)`, in the order of trust: a
 * derived distribution keeps the file of the one it comes from.
 */
export const RELEASE_FILES = [
  "/etc/altlinux-release",
  "/etc/oracle-release",
  "/etc/slackware-version",
  "/etc/centos-release",
  "/etc/redhat-release",
  "/etc/gentoo-release",
] as const;

/** A file that is there, and mostly empty, on Arch Linux and what derives from it, whatever os-release says. */
export const ARCH_RELEASE = "/etc/arch-release";
