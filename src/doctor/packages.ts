import { quoteCommand } from "../transport/quote.js";
import type { Command } from "../transport/shell.js";
import type { System } from "./examine-script.js";

interface Family {
  /** Of os-release: `ID`, else one of `ID_LIKE`. */
  readonly ids: readonly string[];
  readonly install: readonly [string, ...string[]];
  /** Debian's name -> its own, where they differ. */
  readonly names: Readonly<Record<string, string>>;
}

const FAMILIES: readonly Family[] = [
  {
    ids: ["debian", "ubuntu"],
    install: ["apt-get", "install", "-y", "--no-install-recommends"],
    names: {},
  },
  {
    ids: ["fedora", "rhel", "centos"],
    install: ["dnf", "install", "-y"],
    names: {
      "libvirt-clients": "libvirt-client",
      "libvirt-daemon-system": "libvirt-daemon",
      "libvirt-daemon-driver-qemu": "libvirt-daemon-driver-qemu",
      "qemu-utils": "qemu-img",
      "qemu-system-x86": "qemu-system-x86-core",
      "qemu-system-arm": "qemu-system-aarch64-core",
      "qemu-system-ppc": "qemu-system-ppc-core",
      ovmf: "edk2-ovmf",
      "qemu-efi-aarch64": "edk2-aarch64",
      "xz-utils": "xz",
    },
  },
  {
    ids: ["suse", "opensuse"],
    install: ["zypper", "--non-interactive", "install"],
    names: {
      "libvirt-clients": "libvirt-client",
      "libvirt-daemon-system": "libvirt-daemon",
      "qemu-utils": "qemu-img",
      ovmf: "qemu-ovmf-x86_64",
      "qemu-efi-aarch64": "qemu-uefi-aarch64",
      "xz-utils": "xz",
    },
  },
  {
    ids: ["arch"],
    install: ["pacman", "-S", "--noconfirm", "--needed"],
    names: {
      "libvirt-clients": "libvirt",
      "libvirt-daemon-system": "libvirt",
      "libvirt-daemon-driver-qemu": "libvirt",
      "qemu-utils": "qemu-img",
      "qemu-system-arm": "qemu-system-aarch64",
      ovmf: "edk2-ovmf",
      "qemu-efi-aarch64": "edk2-aarch64",
      "xz-utils": "xz",
    },
  },
  {
    ids: ["alpine"],
    install: ["apk", "add"],
    names: {
      "libvirt-clients": "libvirt-client",
      "libvirt-daemon-system": "libvirt-daemon",
      "libvirt-daemon-driver-qemu": "libvirt-qemu",
      "qemu-utils": "qemu-img",
      "qemu-system-x86": "qemu-system-x86_64",
      "qemu-system-arm": "qemu-system-aarch64",
      "qemu-system-ppc": "qemu-system-ppc64",
      "qemu-efi-aarch64": "aavmf",
      "xz-utils": "xz",
    },
  },
];

/** The package that has the emulator of one of libvirt's architectures, by Debian's name. */
const EMULATORS: Readonly<Record<string, string>> = {
  x86_64: "qemu-system-x86",
  i686: "qemu-system-x86",
  aarch64: "qemu-system-arm",
  armv7l: "qemu-system-arm",
  ppc64: "qemu-system-ppc",
  ppc64le: "qemu-system-ppc",
};

export const emulatorPackage = (arch: string): string => EMULATORS[arch] ?? "qemu-system-misc";

/** argv that installs packages there as root; undefined for a system whose package manager farm does not know. */
export function installArgv(
  packages: readonly string[],
  { distributions, uid }: Pick<System, "distributions" | "uid">,
): readonly [string, ...string[]] | undefined {
  const family = FAMILIES.find(({ ids }) =>
    distributions.some((id) => ids.some((known) => id === known || id.startsWith(`${known}-`))),
  );
  if (!family) return undefined;
  const names = [...new Set(packages.map((name) => family.names[name] ?? name))];
  const install = [...family.install, ...names] as const;
  return uid === 0 ? (install as unknown as [string, ...string[]]) : ["sudo", ...install];
}

/** The same for a person to type; names the packages where farm does not know how. */
export function installText(packages: readonly string[], system: System): string {
  const argv = installArgv(packages, system);
  return argv ? quoteCommand(argv) : `install ${packages.join(", ")} (Debian's names)`;
}

const MINUTES_MS = 60_000;

/** Installs packages. Debian's lists may be old or missing, so they are read first. */
export function installCommand(packages: readonly string[], system: System): Command | undefined {
  const argv = installArgv(packages, system);
  if (!argv) return undefined;
  const [first, ...rest] = argv;
  const [root, install] = first === "sudo" ? [["sudo", "-n"], rest] : [[], argv];
  const script = `[ "$1" != apt-get ] || DEBIAN_FRONTEND=noninteractive apt-get update -qq || exit
export DEBIAN_FRONTEND=noninteractive
exec "$@"`;
  const all = [...root, "sh", "-c", script, "sh", ...install] as unknown as [string, ...string[]];
  return { argv: all, timeoutMs: 15 * MINUTES_MS };
}
