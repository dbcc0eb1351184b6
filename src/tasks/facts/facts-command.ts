import type { Command } from "../../transport/shell.js";
import { ARCH_RELEASE, RELEASE_FILES } from "./distribution-table.js";
import { APPARMOR } from "./kernel.js";
import { FACTS_D, LOCAL_FACTS } from "./local-facts.js";
import { MANAGER_PATHS } from "./managers.js";
import { VIRTUALIZATION_PATHS } from "./virtualization.js";

/** File systems are asked for their sizes, and a broken one may not answer. */
const TIMEOUT_MS = 60_000;

/** Read by one grep, which writes each line behind its file's name; missing ones are passed over. `*` is the shell's. */
const FILES = [
  "/proc/self/{status,stat,mounts,mountinfo}",
  "/proc/{meminfo,cpuinfo,uptime,loadavg,cmdline}",
  "/proc/1/{comm,cgroup}",
  "/proc/sys/kernel/{ostype,hostname,osrelease,version,arch}",
  "/proc/sys/crypto/fips_enabled",
  "/proc/net/ipv6_route",
  "/proc/xen/capabilities",
  "/sys/fs/selinux/{enforce,policyvers}",
  "/sys/devices/virtual/dmi/id/{bios_date,bios_vendor,bios_version,product_family,product_name}",
  "/sys/devices/virtual/dmi/id/{product_serial,product_uuid,product_version,sys_vendor}",
  "/sys/class/net/*/{address,mtu,operstate,type,speed,flags,bridge/stp_state,bonding/mode}",
  "/run/systemd/container",
  "/var/lib/dbus/machine-id",
  "/usr/lib/os-release",
  "/etc/{machine-id,os-release,lsb-release,debian_version,alpine-release,passwd,hosts,resolv.conf}",
  "/etc/selinux/config",
  "/etc/ssh/ssh_host_*_key.pub",
  "/etc/openssh/ssh_host_*_key.pub",
  "/etc/ssh_host_*_key.pub",
  ...RELEASE_FILES,
].flatMap(braces);

const PATHS = [...MANAGER_PATHS, ...VIRTUALIZATION_PATHS, ARCH_RELEASE, APPARMOR];

/**
 * Each program that is started costs 30 to 60 ms in an emulated guest, so the shell itself does what it can: five are left, and before
 * Linux 6.1, which names its architecture in a file, six.
 */
const SCRIPT = `printf '@env\\n'
export -p
say() { printf '@%s\\n' "$1"; }
PATH=\${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL

if ! [ -r /proc/sys/kernel/arch ]; then
  say uname
  uname -s -n -r -v -m
fi

say date
now=$(date '+%s %Z %z %N')
printf '%s\\n' "$now"
zone=\${now#* }
case \${zone%% *} in
UTC | "") ;;
*)
  say zone
  rules=\${TZ-/etc/localtime}
  rules=\${rules#:}
  case $rules in /*) ;; *) rules=/usr/share/zoneinfo/$rules ;; esac
  if [ -f "$rules" ]; then grep -a '^[A-Za-z<][A-Za-z0-9<>+,./:-]*$' "$rules"; else printf '%s\\n' "\${TZ-}"; fi
  ;;
esac

say exists
for path in ${PATHS.join(" ")}; do
  [ -e "$path" ] && printf '%s\\n' "$path"
done

say programs
for program in systemctl initctl; do
  command -v $program >/dev/null && printf '%s\\n' $program
done
[ -h /sbin/init ] && [ /sbin/init -ef /lib/systemd/systemd ] && printf 'init-is-systemd\\n'

say root
if [ -e /proc/1/root/. ]; then
  if [ / -ef /proc/1/root/. ]; then printf 'own\\n'; else printf 'chroot\\n'; fi
fi

say container
{
  while read -r line || [ "$line" ]; do
    case $line in
    *container=lxc*) printf 'lxc\\n' ;;
    *container=podman*) printf 'podman\\n' ;;
    *container=*) printf 'container\\n' ;;
    esac
  done </proc/1/environ
} 2>/dev/null

say files
grep -aHs -m 20000 '' ${FILES.join(" ")}

say local
facts_d=${FACTS_D}
${LOCAL_FACTS}

say ip
if command -v ip >/dev/null; then
  ip addr
  say route4
  ip -4 route get 8.8.8.8
fi

say sizes
set --
[ -r /proc/self/mounts ] && while read -r device mount _; do
  case $device$mount in
  //* | *:/* | *\\\\*) ;;
  /*) set -- "$@" "$mount" ;;
  esac
done </proc/self/mounts
[ $# -gt 0 ] && command -v stat >/dev/null && stat -f -c '%S %b %a %s %c %d %n' "$@"
exit 0`;

/** Reads what facts are made of, in one round trip; `parseFacts` understands it. It needs a POSIX shell, and grep for most facts. */
export const FACTS_COMMAND: Command = {
  argv: ["sh", "-c", `{ ${SCRIPT}\n} 2>/dev/null`],
  readOnly: true,
  timeoutMs: TIMEOUT_MS,
};

/** `/a/{b,c}` is `/a/b` and `/a/c`: a POSIX shell does not know that. */
function braces(pattern: string): string[] {
  const [, before = "", choices, after = ""] = /^(.*?)\{(.*)\}(.*)$/.exec(pattern) ?? [];
  return choices === undefined ? [pattern] : choices.split(",").map((choice) => `${before}${choice}${after}`);
}
