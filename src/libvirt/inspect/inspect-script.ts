import type { Command } from "../../transport/shell.js";
import { ENSURE_DAEMON, PIN_RUNTIME_DIR } from "../daemon.js";
import { ASK_OFFERS } from "./domain-capabilities.js";
import { ASK_NAMED, type Named, namedArguments } from "./named-paths.js";

/** Where `probeKvm` keeps its answers on the hypervisor, below the user's home. */
export const CACHE_DIRECTORY = ".cache/farm";

/** Where the environment variables that facts tell of come from; never all of them, since some are secrets. */
const ENVIRONMENT = [
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "PATH",
  "LANG",
  "TMPDIR",
  "XDG_RUNTIME_DIR",
  "XDG_CACHE_HOME",
  "XDG_DATA_HOME",
];

const SCRIPT = `uri=$1 mark=$2
shift 2
${ENSURE_DAEMON}
${PIN_RUNTIME_DIR}
section() { printf '\\n%s %s\\n' "$mark" "$1"; }
section environment
for name in ${ENVIRONMENT.join(" ")}; do
  eval "printf '%s=%s\\n' \\"\\$name\\" \\"\\\${$name:-}\\""
done
export LC_ALL=C
pin_runtime_dir
section facts
printf 'machine=%s\\nkernel=%s\\nnode=%s\\n' "$(uname -m)" "$(uname -r)" "$(uname -n)"
printf 'uid=%s\\nuser=%s\\n' "$(id -u)" "$(id -un 2>/dev/null)"
printf 'cpus=%s\\n' "$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)"
printf 'bootId=%s\\n' "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"
printf 'runtimeDir=%s\\n' "\${XDG_RUNTIME_DIR:-}"
if [ ! -e /dev/kvm ]; then kvm=absent; elif [ -r /dev/kvm ] && [ -w /dev/kvm ]; then kvm=open; else kvm=closed; fi
printf 'kvmDevice=%s\\n' "$kvm"
command -v passt >/dev/null 2>&1 && echo passt=yes
section meminfo
cat /proc/meminfo
section os-release
cat /etc/os-release 2>/dev/null
section kvm-answers
for answer in "$HOME/${CACHE_DIRECTORY}/kvm-probe-"*; do
  [ -f "$answer" ] && printf '%s %s\\n' "\${answer##*/}" "$(head -c 500 "$answer")"
done
ensure_daemon
section capabilities
said=$(virsh -q -c "$uri" capabilities 2>&1)
code=$?
printf '%s\\n' "$said"
section exit
echo $code
[ $code = 0 ] || exit 0
section version
virsh -q -c "$uri" version 2>&1
section offers
${ASK_OFFERS}
${ASK_NAMED}
section domains
virsh -q -c "$uri" domstats --list-running --vcpu --balloon --nowait 2>&1
section end`;

/** Everything farm asks a hypervisor, in one round trip. `mark` is a random word that frames the answers. */
export const inspectCommand = (uri: string, mark: string, named: Named, timeoutMs: number): Command => ({
  argv: ["sh", "-c", SCRIPT, "sh", uri, mark, ...namedArguments(named)],
  readOnly: true,
  timeoutMs,
});

/** The answers by name. A section that did not come is missing. */
export function parseSections(stdout: string, mark: string): ReadonlyMap<string, string> {
  const [, ...parts] = `\n${stdout}`.split(`\n${mark} `);
  return new Map(
    parts.map((part) => {
      const end = part.indexOf("\n");
      return end < 0 ? [part, ""] : [part.slice(0, end), part.slice(end + 1).replace(/\n$/, "")];
    }),
  );
}

/** Lines `key=value`; others are skipped. */
export function parsePairs(text: string | undefined): ReadonlyMap<string, string> {
  const lines = (text ?? "").split("\n").map((line) => line.trim());
  const pairs = lines.map((line) => /^([\w.-]+)=(.*)$/.exec(line)).filter((found) => found !== null);
  return new Map(pairs.map(([, key = "", value = ""]) => [key, value]));
}
