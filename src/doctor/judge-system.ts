import { formatDuration } from "../report/duration.js";
import type { Program, System } from "./examine-script.js";
import { type Finding, failed, ok, warning } from "./finding.js";
import { installText } from "./packages.js";

interface Need {
  readonly check: string;
  /** One of them is enough. */
  readonly programs: readonly [Program, ...Program[]];
  /** Without it no VM runs there. */
  readonly needed: boolean;
  readonly why: string;
  /** By Debian's names. */
  readonly packages: readonly string[];
}

const need = (check: string, programs: Need["programs"], why: string, ...packages: string[]): Need => ({
  check,
  programs,
  needed: true,
  why,
  packages,
});
const wish = (...all: Parameters<typeof need>): Need => ({ ...need(...all), needed: false });

const VIRSH = need("virsh", ["virsh"], "farm drives libvirt by it", "libvirt-clients");

const NEEDS: readonly Need[] = [
  need("qemu-img", ["qemu-img"], "disks are made by it", "qemu-utils"),
  need("locks", ["flock"], "two farms would work on one VM", "util-linux"),
  need("sessions", ["setsid"], "a command that hangs could not be ended", "util-linux"),
  need("digests", ["openssl", "sha256sum"], "images cannot be verified", "coreutils"),
  wish("downloads", ["curl", "wget"], "images cannot be fetched from http(s) addresses", "curl"),
  wish("partitions", ["qemu-io"], "partitions of images cannot be grown", "qemu-utils"),
];

const ARCHIVES: Readonly<Partial<Record<Program, string>>> = {
  tar: "tar",
  gzip: "gzip",
  xz: "xz-utils",
  bzip2: "bzip2",
  zstd: "zstd",
  unzip: "unzip",
};

export const judgeVirsh = (system: System): Finding => judgeNeed(VIRSH, system);

/** What a system needs besides libvirt. */
export const judgePrograms = (system: System): Finding[] => [
  ...NEEDS.map((each) => judgeNeed(each, system)),
  judgeArchives(system),
];

function judgeNeed({ check, programs, needed, why, packages }: Need, system: System): Finding {
  const found = programs.find((program) => system.programs.has(program));
  if (found !== undefined) return ok(check, found);
  const text = `no ${programs.join(" and no ")}: ${why}`;
  return (needed ? failed : warning)(check, text, { mend: installText(packages, system), packages });
}

function judgeArchives(system: System): Finding {
  const programs = Object.entries(ARCHIVES);
  const missing = programs.filter(([program]) => !system.programs.has(program as Program));
  if (missing.length === 0) return ok("archives", programs.map(([program]) => program).join(", "));
  const names = missing.map(([program]) => program).join(", ");
  const packages = missing.map(([, name]) => name);
  return warning("archives", `no ${names}: images packed by them cannot be unpacked`, {
    mend: installText(packages, system),
    packages,
  });
}

/** libvirt's session daemon may end with the login that started it, and its guests' network with it. */
export function judgeLinger(system: System, uri: string): Finding | undefined {
  if (!uri.startsWith("qemu:///session") || system.uid === 0) return undefined;
  if (!system.systemd) return ok("linger", "not needed: systemd does not run there");
  if (system.linger) return ok("linger", `on for ${system.user}`);
  return warning("linger", `off for ${system.user}: the session daemon may end with the last login`, {
    mend: `loginctl enable-linger ${system.user}`,
  });
}

/** Whether libvirt's system daemon lets the user in. */
export function judgeGroups({ uid, user, groups }: System, uri: string): Finding | undefined {
  if (!uri.startsWith("qemu:///system") || uid === 0) return undefined;
  if (groups.includes("libvirt")) return ok("groups", `${user} is in libvirt`);
  return warning("groups", `${user} is not in the group libvirt, which ${uri} usually asks for`, {
    mend: `sudo usermod -aG libvirt ${user}`,
  });
}

const CLOCK_OK_S = 5;

/** @param controllerMs this machine's clock when that one was asked, as exactly as the answer's way allows */
export function judgeClock({ now }: System, controllerMs: number): Finding {
  const skewS = now - Math.floor(controllerMs / 1000);
  if (!Number.isFinite(skewS)) return warning("clock", "it does not tell the time");
  if (Math.abs(skewS) <= CLOCK_OK_S) return ok("clock", "as this machine's");
  const words = `${formatDuration(Math.abs(skewS) * 1000)} ${skewS > 0 ? "ahead of" : "behind"} this machine's`;
  return warning("clock", `${words}: certificates and file times may be taken for wrong`, {
    mend: "timedatectl set-ntp true",
  });
}

/** What may keep libvirt's system daemon from files, whoever owns them. */
export function judgeSecurity({ apparmor, selinux }: System, uri: string, pool: string): Finding {
  const names = [...(apparmor ? ["AppArmor"] : []), ...(selinux ? ["SELinux"] : [])];
  if (names.length === 0) return ok("security", "neither AppArmor nor SELinux");
  const text = names.join(" and ");
  const confined = uri.startsWith("qemu:///system") && !pool.startsWith("/var/lib/libvirt/images");
  if (!confined) return ok("security", text);
  const mend = selinux
    ? `sudo semanage fcontext -a -t virt_image_t '${pool}(/.*)?' && sudo restorecon -R ${pool}`
    : "set libvirt_pool_dir to a directory below /var/lib/libvirt/images";
  return warning("security", `${text} may keep QEMU out of ${pool}`, { mend });
}
