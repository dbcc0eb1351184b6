import { parsePairs, parseSections } from "../libvirt/inspect/inspect-script.js";
import type { Command } from "../transport/shell.js";

/** Programs that are looked for on a hypervisor. */
export const PROGRAMS = [
  "virsh",
  "qemu-img",
  "flock",
  "setsid",
  "curl",
  "wget",
  "sha256sum",
  "openssl",
  "qemu-io",
  "tar",
  "xz",
  "gzip",
  "bzip2",
  "zstd",
  "unzip",
  "sudo",
] as const;
export type Program = (typeof PROGRAMS)[number];

const SCRIPT = `mark=$1
shift
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C
section() { printf '\\n%s %s\\n' "$mark" "$1"; }
section machine
printf 'system=%s\\nmachine=%s\\nuid=%s\\nuser=%s\\n' "$(uname -s)" "$(uname -m)" "$(id -u)" "$(id -un 2>/dev/null)"
printf 'groups=%s\\nnow=%s\\n' "$(id -Gn 2>/dev/null)" "$(date +%s)"
[ -d /run/systemd/system ] && echo systemd=yes
[ -e "/var/lib/systemd/linger/$(id -un)" ] && echo linger=yes
[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] && echo apparmor=yes
[ "$(cat /sys/fs/selinux/enforce 2>/dev/null)" = 1 ] && echo selinux=enforcing
[ "$(id -u)" = 0 ] || ! sudo -n true 2>/dev/null || echo sudo=yes
section os-release
cat /etc/os-release 2>/dev/null
section programs
for program; do command -v "$program" >/dev/null 2>&1 && echo "$program"; done
section end`;

/** What a hypervisor's own system says, before libvirt is asked. @param mark random, frames the answers */
export const systemCommand = (mark: string): Command => ({
  argv: ["sh", "-c", SCRIPT, "sh", mark, ...PROGRAMS],
  readOnly: true,
  timeoutMs: 60_000,
});

/** A hypervisor's system as far as farm depends on it. */
export interface System {
  /** `Linux`; what else there is cannot be a hypervisor. */
  readonly kernel: string;
  readonly uid: number;
  readonly user: string;
  readonly groups: readonly string[];
  /** Seconds since 1970, when it answered. */
  readonly now: number;
  readonly systemd: boolean;
  /** Its user's services outlive his last login. */
  readonly linger: boolean;
  readonly apparmor: boolean;
  readonly selinux: boolean;
  /** It is root, or becomes root without being asked for a password. */
  readonly mayInstall: boolean;
  /** `ID` and `ID_LIKE` of os-release. */
  readonly distributions: readonly string[];
  readonly programs: ReadonlySet<string>;
}

/** @returns undefined when the script did not come to its end */
export function parseSystem(stdout: string, mark: string): System | undefined {
  const sections = parseSections(stdout, mark);
  if (!sections.has("end")) return undefined;
  const machine = parsePairs(sections.get("machine"));
  const release = parsePairs(sections.get("os-release"));
  const ids = [release.get("ID"), release.get("ID_LIKE")].join(" ").replaceAll('"', "");
  const uid = Number(machine.get("uid") ?? Number.NaN);
  return {
    kernel: machine.get("system") ?? "",
    uid,
    user: machine.get("user") ?? "",
    groups: words(machine.get("groups")),
    now: Number(machine.get("now") ?? Number.NaN),
    systemd: machine.has("systemd"),
    linger: machine.has("linger"),
    apparmor: machine.has("apparmor"),
    selinux: machine.has("selinux"),
    mayInstall: uid === 0 || machine.has("sudo"),
    distributions: words(ids),
    programs: new Set(words(sections.get("programs"))),
  };
}

const words = (text: string | undefined): string[] => (text ?? "").split(/\s+/).filter(Boolean);
