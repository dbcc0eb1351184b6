import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeKey } from "./sshd.js";

const capabilities = fileURLToPath(new URL("../fixtures/libvirt/capabilities-user.xml", import.meta.url));

/**
 * Stands in for virsh, libvirt and QEMU: a domain is a directory with its XML, a guest an SSH server of the hypervisor's user, its memory the XML.
 * So a whole life takes a second. Disks, locks, points and everything else that farm does on a hypervisor are real.
 */
const VIRSH = `#!/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
while :; do
  case $1 in -q) shift ;; -c) shift 2 ;; *) break ;; esac
done
verb=$1
shift
domain= file= xml= line= names=
while [ $# -gt 0 ]; do
  case $1 in
    --domain) domain=$2 ;; --file) file=$2 ;; --xml | --xmlfile) xml=$2 ;; --cmd) line=$2 ;;
    --name) names=1; shift; continue ;;
    *) shift; continue ;;
  esac
  shift 2
done
bin=$(dirname -- "$0")
all=$HOME/hollow
here=$all/$domain
mkdir -p -- "$all"
fail() { echo "error: $*" >&2; exit 1; }
valueOf() { sed -n "s:.*<$1>\\([^<]*\\)</$1>.*:\\1:p" "$2" | head -n 1; }
known() { [ -n "$domain" ] && [ -d "$here" ] || fail "failed to get domain '$domain'"; }
running() { kill -0 "$(head -n 1 "$here/pid" 2>/dev/null)" 2>/dev/null; }
# Serves SSH on a port of the loopback; fails when another does.
serve() {
  log=$here/log-$1
  setsid /usr/sbin/sshd -D -e -f "$bin/sshd_config" -h "$all/host_key" -p "$1" </dev/null >/dev/null 2>"$log" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  until grep -q 'Server listening' "$log"; do
    ! grep -q 'Cannot bind' "$log" || return 1
    kill -0 $! 2>/dev/null || return 1
  done
  echo $! >>"$here/pid"
}
boot() {
  [ -f "$all/host_key" ] || ssh-keygen -q -t ed25519 -N '' -f "$all/host_key" </dev/null
  rm -f -- "$here/pid" "$here/forwards"
  until port=$(shuf -i 20000-29999 -n 1) && serve "$port"; do :; done
  echo "$port" >"$here/port"
}
end() {
  for pid in $(pgrep -P "$1"); do end "$pid"; done
  kill -KILL "$1" 2>/dev/null
}
case $verb in
  capabilities) cat -- "$bin/capabilities.xml" ;;
  version) echo 'Running hypervisor: QEMU 7.2.22' ;;
  list)
    for each in "$all"/*/; do
      [ -d "$each" ] || continue
      if [ -n "$names" ]; then valueOf name "$each/xml"; else basename "$each"; fi
    done
    ;;
  define | restore)
    if [ $verb = define ]; then cat >"$all/new.$$"; else cat -- "\${xml:-$file}" >"$all/new.$$"; fi
    domain=$(valueOf uuid "$all/new.$$") here=$all/$domain
    ! grep -lq "<name>$(valueOf name "$all/new.$$")</name>" "$all"/*/xml 2>/dev/null || fail 'domain already exists with uuid'
    mkdir -p -- "$here" && mv -- "$all/new.$$" "$here/xml" || exit 1
    [ $verb = define ] || boot
    ;;
  start) known && boot ;;
  dumpxml) known && if running; then sed "s/^<domain /<domain id='1' /" "$here/xml"; else cat -- "$here/xml"; fi ;;
  domstate) known && if running; then echo running; else echo 'shut off'; fi ;;
  destroy)
    known
    running || fail 'domain is not running'
    while read -r pid; do end "$pid"; done <"$here/pid"
    rm -f -- "$here/pid"
    ;;
  undefine) known && rm -rf -- "$here" ;;
  save-image-dumpxml) cat -- "$file" ;;
  snapshot-create)
    known && running || fail 'domain is not running'
    memory=$(sed -n 's/.*<memory[^>]*file="\\([^"]*\\)".*/\\1/p')
    cp -- "$here/xml" "$memory"
    ;;
  qemu-monitor-command)
    known && running || fail 'domain is not running'
    case $line in
      'info usernet')
        [ ! -f "$here/forwards" ] || while read -r address port guest; do
          printf '  TCP[HOST_FORWARD]  12  %s %s  10.0.2.15 %s  0  0\\n' "$address" "$port" "$guest"
        done <"$here/forwards"
        ;;
      'hostfwd_add hostnet0 tcp:'*)
        where=\${line#*tcp:} guest=\${line##*:}
        address=\${where%%:*} port=\${where#*:}
        port=\${port%%-*}
        if [ "$guest" = 22 ]; then port=$(cat "$here/port"); else serve "$port" || { echo 'could not set up host forwarding rule'; exit 0; }; fi
        echo "$address $port $guest" >>"$here/forwards"
        ;;
    esac
    ;;
esac
`;

/** What a guest's system does for farm as root; here nobody is. */
const NOTHING = "#!/bin/sh\nexit 0\n";

/** Where the hollow programs are, and what lets farm into their guests. */
export interface Hollow {
  /** For the PATH of hypervisors' users. */
  readonly path: string;
  readonly privateKey: string;
}

/** Makes the programs in a directory that everybody may read. */
export async function hollowVirsh(directory: string): Promise<Hollow> {
  const bin = join(directory, "bin");
  await mkdir(bin, { recursive: true, mode: 0o755 });
  await copyFile(capabilities, join(bin, "capabilities.xml"));
  const programs = { virsh: VIRSH, sudo: NOTHING, sync: NOTHING };
  for (const [name, text] of Object.entries(programs))
    await writeFile(join(bin, name), text, { mode: 0o755 });
  const privateKey = join(bin, "guest");
  makeKey(privateKey, "ed25519");
  const config = [
    "ListenAddress 127.0.0.1",
    "PidFile none",
    "UsePAM no",
    "StrictModes no",
    `AuthorizedKeysFile ${privateKey}.pub`,
    `SetEnv PATH=${bin}:/usr/local/bin:/usr/bin:/bin`,
  ];
  await writeFile(join(bin, "sshd_config"), `${config.join("\n")}\n`);
  return { path: bin, privateKey };
}
