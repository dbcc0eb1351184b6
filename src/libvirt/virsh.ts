import type { Command } from "../transport/shell.js";

/** Where virsh connects to, and the environment that it needs there. */
export interface Connection {
  readonly uri: string;
  readonly env?: Readonly<Record<string, string>>;
}

const SECOND = 1_000;

/** The first contact with an emulator makes libvirt examine it, which takes many seconds on a small machine. */
const EXAMINES_QEMU = 180 * SECOND;

const virsh = (
  { uri, env = {} }: Connection,
  args: readonly string[],
  more: Omit<Command, "argv" | "env"> = {},
): Command => ({
  argv: ["virsh", "-q", "-c", uri, ...args],
  env: { ...env, LC_ALL: "C" },
  timeoutMs: 60 * SECOND,
  ...more,
});

/** A script that is given XML on stdin: its first argument is the URI. */
export const withXml = (
  { uri, env = {} }: Connection,
  script: string,
  xml: string,
  args: readonly string[] = [],
  timeoutMs: number = EXAMINES_QEMU,
): Command => ({
  argv: ["sh", "-c", script, "sh", uri, ...args],
  env: { ...env, LC_ALL: "C" },
  stdin: xml,
  timeoutMs,
});

/** Reads the XML from stdin. The pipe is for virsh, which opens /dev/stdin by name: it cannot where stdin is a socket. */
export const defineDomain = (to: Connection, xml: string): Command =>
  withXml(to, 'cat | virsh -q -c "$1" define --validate --file /dev/stdin', xml);

/** The same for a domain that is started at once, without its CPUs, and is gone when it ends. */
export const createPaused = (to: Connection, xml: string): Command =>
  withXml(to, 'cat | virsh -q -c "$1" create --validate --paused --file /dev/stdin', xml);

// A domain is always named by its UUID: a name may look like the number or the UUID of another domain, and virsh
// tries those first.

export const startDomain = (to: Connection, uuid: string): Command =>
  virsh(to, ["start", "--domain", uuid], { timeoutMs: EXAMINES_QEMU });

export const shutdownDomain = (to: Connection, uuid: string): Command =>
  virsh(to, ["shutdown", "--domain", uuid]);

/** At once: as if the plug were pulled. */
export const destroyDomain = (to: Connection, uuid: string): Command =>
  virsh(to, ["destroy", "--domain", uuid]);

/** Goes on with a saved guest: its memory from one file, the XML of its domain from stdin. @param directory for a passing file */
export function restoreDomain(to: Connection, memory: string, xml: string, directory: string): Command {
  const script =
    'cat >"$3/domain.xml" && exec virsh -q -c "$1" restore --file "$2" --xml "$3/domain.xml" --running';
  return withXml(to, script, xml, [memory, directory]);
}

/** For a domain whose firmware's variables are still needed. */
export const undefineKeepingNvram = (to: Connection, uuid: string): Command =>
  virsh(to, ["undefine", "--domain", uuid, "--keep-nvram", "--managed-save", "--snapshots-metadata"]);

/** With all that libvirt itself keeps of a domain; disks stay. */
export const undefineDomain = (to: Connection, uuid: string): Command =>
  virsh(to, ["undefine", "--domain", uuid, "--nvram", "--managed-save", "--snapshots-metadata"]);

const PERSIST = `
case $(virsh -q -c "$1" dominfo --domain "$2") in *Persistent:*no*) ;; *) exit 0 ;; esac
xml=$(virsh -q -c "$1" dumpxml --inactive --domain "$2") || exit
printf '%s\n' "$xml" | virsh -q -c "$1" define --file /dev/stdin`;

/** Makes libvirt keep a domain that it would forget when it ends, as it does one that was restored. */
export const persistDomain = ({ uri, env = {} }: Connection, uuid: string): Command => ({
  argv: ["sh", "-c", PERSIST, "sh", uri, uuid],
  env: { ...env, LC_ALL: "C" },
  timeoutMs: EXAMINES_QEMU,
});

export const dumpDomain = (to: Connection, uuid: string): Command =>
  virsh(to, ["dumpxml", "--domain", uuid], { readOnly: true });

const STATES = ["running", "idle", "paused", "in shutdown", "shut off", "crashed", "pmsuspended"] as const;
/** What QEMU does with a guest whose disk it cannot write to, for want of room mostly. */
export const NO_ROOM = "paused (I/O error)";
export type DomainState = (typeof STATES)[number] | typeof NO_ROOM | "unknown";

export const domainState = (to: Connection, uuid: string): Command =>
  virsh(to, ["domstate", "--reason", "--domain", uuid], { readOnly: true });

/** `paused (user)`: the reason in brackets. */
export function parseState(stdout: string): DomainState {
  const said = stdout.trim();
  if (said === NO_ROOM) return NO_ROOM;
  return STATES.find((state) => state === said.replace(/ \(.*\)$/, "")) ?? "unknown";
}

/** True when no QEMU process is left of it. */
export const isOff = (state: DomainState | "absent"): boolean =>
  state === "shut off" || state === "crashed" || state === "absent";

/** QEMU's name of the first network device of a domain, by libvirt's rule. */
export const NETDEV = "hostnet0";

/** What is to lead to a guest's port. */
export interface WantedForward {
  readonly guest: number;
  readonly protocol: "tcp" | "udp";
  /** IPv4, the hypervisor's. */
  readonly address: string;
  /** The hypervisor's port; the kernel picks one when absent. */
  readonly host?: number | undefined;
}

const ADD_FORWARD = `
said=$(virsh -q -c "$1" qemu-monitor-command --domain "$2" --hmp --cmd "$3") || exit
case $said in
*[![:space:]]*) printf '%s\n' "$said" ;;
*) exec virsh -q -c "$1" qemu-monitor-command --domain "$2" --hmp --cmd 'info usernet' ;;
esac`;

/** Prints the monitor's complaint, or all forwards: they tell which port the kernel picked. */
export const addForward = ({ uri, env = {} }: Connection, uuid: string, wanted: WantedForward): Command => {
  const { protocol, address, host = 0, guest } = wanted;
  const line = `hostfwd_add ${NETDEV} ${protocol}:${address}:${host}-:${guest}`;
  return {
    argv: ["sh", "-c", ADD_FORWARD, "sh", uri, uuid, line],
    env: { ...env, LC_ALL: "C" },
    timeoutMs: 60 * SECOND,
  };
};

export const userForwards = (to: Connection, uuid: string): Command =>
  monitor(to, uuid, "info usernet", { readOnly: true });

const monitor = (
  to: Connection,
  uuid: string,
  line: string,
  more: { readonly readOnly?: boolean } = {},
): Command => virsh(to, ["qemu-monitor-command", "--domain", uuid, "--hmp", "--cmd", line], more);

/** The monitor's complaint, which comes with exit status 0; undefined when it did what it was told and lists the forwards. */
export const monitorComplaint = (stdout: string): string | undefined =>
  /^\s*Protocol\[State\]/m.test(stdout) ? undefined : stdout.trim() || undefined;

/** The hypervisor's port that leads to the guest's, or undefined. */
export function parseForward(stdout: string, wanted: WantedForward): number | undefined {
  for (const line of stdout.split("\n")) {
    const [, protocol = "", address, host, guest] =
      /^\s*(TCP|UDP)\[HOST_FORWARD\]\s+\d+\s+(\S+)\s+(\d+)\s+\S+\s+(\d+)\s/.exec(line) ?? [];
    const is = protocol.toLowerCase() === wanted.protocol && Number(guest) === wanted.guest;
    if (is && address === shownAddress(wanted) && (wanted.host ?? Number(host)) === Number(host))
      return Number(host);
  }
  return undefined;
}

/** As `info usernet` has it. */
const shownAddress = ({ address }: WantedForward): string => (address === "0.0.0.0" ? "*" : address);

/**
 * The XML of every domain, one after the other, in one round trip. By UUID; by name where `list --uuid` is broken and prints
 * a table (10.7). A domain that goes away meanwhile is left out.
 */
export function dumpAllDomains({ uri, env = {} }: Connection): Command {
  const script = `uri=$1
all=$(virsh -q -c "$uri" list --all --uuid) || exit
names=$(printf '%s\\n' "$all" | grep -E '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')
[ -n "$names" ] || names=$(virsh -q -c "$uri" list --all --name) || exit
printf '%s\\n' "$names" | while IFS= read -r name; do
  [ -z "$name" ] || virsh -q -c "$uri" dumpxml --domain "$name" 2>/dev/null
done
:`;
  return {
    argv: ["sh", "-c", script, "sh", uri],
    env: { ...env, LC_ALL: "C" },
    readOnly: true,
    timeoutMs: 120 * SECOND,
  };
}

/** The documents apart; each begins at the start of a line, as libvirt writes them. */
export const parseDomains = (stdout: string): string[] =>
  stdout.match(/^<domain [\s\S]*?^<\/domain>/gm) ?? [];
