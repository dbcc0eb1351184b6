import type { DefaultAddress, Ipv4Address } from "./fact-types.js";

/** More addresses than anyone looks at. */
const MOST_ADDRESSES = 4096;

/** One address of an interface, as `ip addr` names it. */
export interface Address {
  readonly device: string;
  readonly family: "inet" | "inet6";
  readonly address: string;
  /** In digits. */
  readonly prefix: string;
  readonly broadcast: string;
  readonly scope: string;
  readonly secondary: boolean;
  /** What the kernel would not give a new connection. */
  readonly unfit: boolean;
  /** The interface's name, or one like `eth0:1`. */
  readonly label: string;
}

/** Reads what iproute2's and busybox's `ip addr` print; lines that are something else are skipped. */
export function parseAddresses(lines: readonly string[]): Address[] {
  let device = "";
  const found: Address[] = [];
  for (const line of lines) {
    device = /^\d+: ([^\s@:]+(?::[^\s@:]+)*)/.exec(line)?.[1] ?? device;
    const address = device === "" ? undefined : parseAddress(device, line.trim().split(/\s+/));
    if (address) found.push(address);
    if (found.length === MOST_ADDRESSES) break;
  }
  return found;
}

function parseAddress(device: string, words: readonly string[]): Address | undefined {
  const [family, own = ""] = words;
  if (family !== "inet" && family !== "inet6") return undefined;
  const after = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
  // With a peer the own address has no prefix, and IPv6's stands behind the peer's.
  const [address = "", prefix = familyPrefix(family, after("peer"))] = own.split("/");
  const valid = family === "inet" ? isIpv4(address) : /^[0-9a-f:.]{2,45}$/.test(address);
  if (!valid || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === "inet" ? 32 : 128))
    return undefined;
  return {
    device,
    family,
    address,
    prefix,
    broadcast: after("brd") ?? "",
    scope: after("scope") ?? "",
    secondary: words.includes("secondary"),
    unfit: ["deprecated", "tentative", "dadfailed"].some((flag) => words.includes(flag)),
    label: words.at(-1) ?? device,
  };
}

const familyPrefix = (family: string, peer = ""): string =>
  family === "inet" ? "32" : (peer.split("/")[1] ?? "128");

const isIpv4 = (text: string): boolean =>
  /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) && text.split(".").every((part) => Number(part) < 256);

/** With the network that the prefix makes of it. */
export function ipv4Address({ address, prefix, broadcast }: Address): Ipv4Address {
  const mask = Number(prefix) === 0 ? 0 : (0xffff_ffff << (32 - Number(prefix))) >>> 0;
  const bits = address.split(".").reduce((number, part) => number * 256 + Number(part), 0);
  return { address, broadcast, netmask: dotted(mask), network: dotted((bits & mask) >>> 0), prefix };
}

const dotted = (bits: number): string => [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".");

/** The way to an address on the internet, as `ip route get` names it; empty when there is none. */
export function parseRoute(line: string | undefined): DefaultAddress {
  const words = (line ?? "").trim().split(/\s+/);
  if (!/^[0-9a-f:.]+$/.test(words[0] ?? "")) return {};
  const after = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
  const entries = { interface: after("dev"), address: after("src"), gateway: after("via") };
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}

/** Of `/proc/net/ipv6_route`: the flag of a route that refuses. */
const REJECT = 0x200;

/**
 * The way to the IPv6 internet by the kernel's table, with the address that a connection would most likely have. Asking `ip` for
 * it is exact, and one program more.
 */
export function defaultIpv6Route(table: readonly string[], addresses: readonly Address[]): DefaultAddress {
  const [route] = table
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([to, length, , , , , , , flags]) => /^0{32}$/.test(to ?? "") && length === "00" && accepts(flags),
    )
    .sort(([, , , , , a = ""], [, , , , , b = ""]) => Number.parseInt(a, 16) - Number.parseInt(b, 16));
  const [, , , , via = "", , , , , device] = route ?? [];
  if (device === undefined) return {};
  const own = addresses
    .filter((entry) => entry.family === "inet6" && entry.device === device && !entry.unfit)
    .sort((a, b) => rank(a) - rank(b))[0];
  const gateway = /^0{32}$/.test(via) ? undefined : ipv6Text(via);
  return { interface: device, ...(own ? { address: own.address } : {}), ...(gateway ? { gateway } : {}) };
}

const accepts = (flags: string | undefined): boolean => (Number.parseInt(flags ?? "", 16) & REJECT) === 0;

/** Global before unique local (fc00::/7) before site-local before link-local. */
const rank = ({ scope, address }: Address): number =>
  scope === "global" ? (/^f[cd]/.test(address) ? 1 : 0) : scope === "site" ? 2 : 3;

/** 32 hexadecimal digits, as one writes an address. */
function ipv6Text(digits: string): string | undefined {
  if (!/^[0-9a-f]{32}$/.test(digits)) return undefined;
  return new URL(`http://[${digits.match(/.{4}/g)?.join(":")}]`).hostname.slice(1, -1);
}
