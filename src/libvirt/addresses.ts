import { isIP } from "node:net";
import type { Command } from "../transport/shell.js";
import type { Connection } from "./virsh.js";
import { at, childrenOf, parseXml } from "./xml.js";

/** libvirt's sources, the surest first. The agent's answer is the guest's own word. */
const SCRIPT = `uri=$1 uuid=$2
virsh -q -c "$uri" dumpxml --domain "$uuid" || exit
printf '\\n#addresses\\n'
for source in lease agent arp; do
  virsh -q -c "$uri" domifaddr --domain "$uuid" --full --source "$source" 2>/dev/null
done
ip neigh show 2>/dev/null || cat /proc/net/arp`;

/** Everything that may know a guest's addresses, in one round trip: leases, the guest's agent, the neighbour tables. */
export const addressesCommand = ({ uri, env = {} }: Connection, uuid: string): Command => ({
  argv: ["sh", "-c", SCRIPT, "sh", uri, uuid],
  env: { ...env, LC_ALL: "C" },
  readOnly: true,
  timeoutMs: 60_000,
});

const MAC = "(?:[0-9a-f]{2}:){5}[0-9a-f]{2}";
/** virsh's table, `ip neigh`, /proc/net/arp. */
const LINES = [
  new RegExp(`\\s(?<mac>${MAC})\\s+ipv[46]\\s+(?<ip>[0-9a-f.:]+)/\\d+\\s*$`, "i"),
  new RegExp(`^(?<ip>[0-9a-f.:]+) dev \\S+ lladdr (?<mac>${MAC})(?!.*\\b(?:FAILED|INCOMPLETE)\\b)`, "i"),
  new RegExp(`^(?<ip>[0-9.]+)\\s+0x1\\s+0x2\\s+(?<mac>${MAC})\\s`, "i"),
];

/** The addresses of the domain's own cards that one may connect to, each once, IPv4 first. */
export function parseAddresses(stdout: string): string[] {
  const [xml = "", lines = ""] = stdout.split("\n#addresses\n");
  if (!xml.includes("<domain")) return [];
  const macs = macsOf(xml);
  const found = lines.split("\n").flatMap((line) => {
    const { mac, ip } = LINES.map((each) => each.exec(line)?.groups).find((groups) => groups) ?? {};
    return mac && ip && macs.has(mac.toLowerCase()) && isGuestAddress(ip) ? [ip.toLowerCase()] : [];
  });
  return [...new Set(found)].sort((a, b) => isIP(a) - isIP(b));
}

function macsOf(xml: string): ReadonlySet<string> {
  const devices = at(parseXml(xml, "a domain's description"), "devices");
  const macs = childrenOf(devices, "interface").map((each) => at(each, "mac")?.attributes.get("address"));
  return new Set(macs.flatMap((mac) => mac?.toLowerCase() ?? []));
}

/** A guest could name the hypervisor's own loopback, and the tasks meant for it would run there. */
function isGuestAddress(ip: string): boolean {
  const kind = isIP(ip);
  if (kind === 4) return !/^(0|127|169\.254|2(2[4-9]|[3-5]\d))\./.test(ip);
  return kind === 6 && !/^(::|f[ef])/i.test(ip);
}
