import { isIP } from "node:net";
import type { Command } from "../transport/shell.js";
import type { Connection } from "./virsh.js";
import { at, childrenOf, parseXml } from "./xml.js";

/** libvirt's sources, the surest first. The agent's answer is the guest's own word. */
const SCRIPT = `uri=$1 uuid=$2
virsh -q -c "$uri" dumpxml --domain "$uuid" || exit
printf '\\n#own\\n'
ip -o addr show 2>/dev/null
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

/** A card of the domain, and the hypervisor's device that its network is seen by; undefined where libvirt gives out the addresses. */
interface Card {
  readonly mac: string;
  readonly device: string | undefined;
}

/**
 * The addresses of the domain's own cards that one may connect to, each once, IPv4 first. Last of all those that a card on a bridge or tap has by
 * its MAC address, without anybody having heard of it: where other machines give out the addresses, nobody here need know them.
 */
export function parseAddresses(stdout: string): string[] {
  const { xml, own, lines } =
    /^(?<xml>[\s\S]*)\n#own\n(?<own>[\s\S]*)\n#addresses\n(?<lines>[\s\S]*)$/.exec(stdout)?.groups ?? {};
  if (!xml?.includes("<domain")) return [];
  const cards = cardsOf(xml);
  const macs = new Set(cards.map(({ mac }) => mac));
  const ours = new Set([...(own ?? "").matchAll(/ inet6? ([0-9a-f.:]+)\//g)].map(([, ip]) => ip));
  const found = (lines ?? "").split("\n").flatMap((line) => {
    const { mac, ip = "" } = LINES.map((each) => each.exec(line)?.groups).find((groups) => groups) ?? {};
    const is = mac && macs.has(mac.toLowerCase()) && isGuestAddress(ip) && !ours.has(ip.toLowerCase());
    return is ? [ip.toLowerCase()] : [];
  });
  const byMac = cards.flatMap(({ mac, device }) =>
    device === undefined ? [] : [`${linkLocal(mac)}%${device}`],
  );
  return [...new Set(found)].sort((a, b) => isIP(a) - isIP(b)).concat(byMac);
}

function cardsOf(xml: string): Card[] {
  const devices = at(parseXml(xml, "a domain's description"), "devices");
  return childrenOf(devices, "interface").flatMap((card) => {
    const mac = at(card, "mac")?.attributes.get("address")?.toLowerCase();
    const type = card.attributes.get("type");
    const bridge = at(card, "source")?.attributes.get("bridge");
    const tap = at(card, "target")?.attributes.get("dev");
    return mac ? [{ mac, device: type === "bridge" ? bridge : type === "ethernet" ? tap : undefined }] : [];
  });
}

/** What Linux gives a card before anybody has given it an address: RFC 4291, appendix A. */
export function linkLocal(mac: string): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(":").map((byte) => Number.parseInt(byte, 16));
  const words = [((a ^ 2) << 8) | b, (c << 8) | 0xff, (0xfe << 8) | d, (e << 8) | f];
  return `fe80::${words.map((word) => word.toString(16)).join(":")}`;
}

/** A guest could name its hypervisor's own address, and the tasks meant for it would run there. */
function isGuestAddress(ip: string): boolean {
  const kind = isIP(ip);
  if (kind === 4) return !/^(0|127|169\.254|2(2[4-9]|[3-5]\d))\./.test(ip);
  return kind === 6 && !/^(::|f[ef])/i.test(ip);
}
