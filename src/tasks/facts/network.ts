import { interfaceKey } from "./fact-names.js";
import type { DefaultAddress, DefaultIpv4, DefaultIpv6, KnownFacts, NetworkInterface } from "./fact-types.js";
import { type Material, present, wholeNumber } from "./material.js";
import { type Address, defaultIpv6Route, ipv4Address, parseAddresses, parseRoute } from "./network-text.js";

/** More interfaces than anyone looks at; a host of containers may have thousands. */
const MOST_INTERFACES = 1024;

const TYPES: Readonly<Record<string, string>> = {
  "1": "ether",
  "32": "infiniband",
  "512": "ppp",
  "772": "loopback",
  "65534": "tunnel",
};

type Devices = ReadonlyMap<string, NetworkInterface>;

/** Interfaces by /sys, addresses by `ip`; without one of the two what it tells is missing. */
export function networkFacts(material: Material): Partial<KnownFacts> {
  const addresses = parseAddresses(material.said("ip"));
  const devices = readDevices(material);
  const known = material.said("ip").length > 0;
  return present<KnownFacts>({
    interfaces: devices.size > 0 ? [...interfaces(devices, addresses).keys()] : undefined,
    default_ipv4: known ? defaultIpv4(parseRoute(material.said("route4")[0]), addresses, devices) : undefined,
    default_ipv6: known
      ? defaultIpv6(defaultIpv6Route(material.lines("/proc/net/ipv6_route"), addresses), addresses, devices)
      : undefined,
    all_ipv4_addresses: known ? all(addresses, "inet", (address) => !address.startsWith("127.")) : undefined,
    all_ipv6_addresses: known ? all(addresses, "inet6", (address) => address !== "::1") : undefined,
  });
}

/** Each interface's own facts, by the key that it has among all facts. */
export function interfaceFacts(material: Material): Readonly<Record<string, NetworkInterface>> {
  const found = interfaces(readDevices(material), parseAddresses(material.said("ip")));
  const entries = [...found].map(([name, facts]) => [interfaceKey(name), facts] as const);
  return Object.fromEntries(entries.filter(([key]) => key !== undefined));
}

const all = (addresses: readonly Address[], family: string, wanted: (address: string) => boolean): string[] =>
  addresses.filter((entry) => entry.family === family && wanted(entry.address)).map(({ address }) => address);

/** What /sys says of each interface. */
function readDevices(material: Material): Devices {
  const attributes = new Map<string, Map<string, string>>();
  for (const path of material.files.keys()) {
    const [, device, attribute] = /^\/sys\/class\/net\/([^/]+)\/(.+)$/.exec(path) ?? [];
    if (device === undefined || attribute === undefined) continue;
    const known = attributes.get(device) ?? new Map<string, string>();
    if (attributes.size >= MOST_INTERFACES && !attributes.has(device)) continue;
    attributes.set(device, known.set(attribute, material.text(path) ?? ""));
  }
  return new Map([...attributes].map(([device, values]) => [device, describe(device, values)]));
}

function describe(device: string, said: ReadonlyMap<string, string>): NetworkInterface {
  const address = said.get("address");
  const state = said.get("operstate");
  const flags = said.get("flags");
  return present<Required<NetworkInterface>>({
    device,
    macaddress: address && address !== "00:00:00:00:00:00" ? address : undefined,
    mtu: wholeNumber(said.get("mtu")),
    active: state === undefined ? undefined : state !== "down",
    type: interfaceType(said),
    speed: said.get("speed") === "-1" ? -1 : wholeNumber(said.get("speed")),
    promisc: flags === undefined ? undefined : (Number(flags) & 0x100) > 0,
    ipv4: undefined,
    ipv4_secondaries: undefined,
    ipv6: undefined,
  });
}

function interfaceType(said: ReadonlyMap<string, string>): string | undefined {
  if (said.has("bridge/stp_state")) return "bridge";
  if (said.has("bonding/mode")) return "bonding";
  return said.has("type") ? (TYPES[said.get("type") ?? ""] ?? "unknown") : undefined;
}

/** The devices with their addresses, and the labels that addresses have of their own, with `_` for `:`. */
function interfaces(devices: Devices, addresses: readonly Address[]): Devices {
  const found = new Map(devices);
  const change = (name: string, more: NetworkInterface) =>
    found.size < MOST_INTERFACES || found.has(name)
      ? found.set(name, { ...found.get(name), ...more })
      : found;
  for (const entry of addresses) {
    const name = (entry.family === "inet" ? entry.label : entry.device).replaceAll(":", "_");
    const known = found.get(name);
    if (entry.family === "inet6") {
      const { address, prefix, scope } = entry;
      change(name, { ipv6: [...(known?.ipv6 ?? []), { address, prefix, scope }] });
      continue;
    }
    const ipv4 = ipv4Address(entry);
    const first = !entry.secondary && known?.ipv4 === undefined;
    change(name, first ? { ipv4 } : { ipv4_secondaries: [...(known?.ipv4_secondaries ?? []), ipv4] });
    if (entry.secondary && name !== entry.device) {
      const more = found.get(entry.device)?.ipv4_secondaries ?? [];
      change(entry.device, { ipv4_secondaries: [...more, ipv4] });
    }
  }
  return found;
}

function defaultIpv4(route: DefaultAddress, addresses: readonly Address[], devices: Devices): DefaultIpv4 {
  const own = addresses.find(({ family, address }) => family === "inet" && address === route.address);
  if (!own) return route;
  return { ...route, ...ipv4Address(own), ...deviceOf(own, devices), alias: own.label };
}

function defaultIpv6(route: DefaultAddress, addresses: readonly Address[], devices: Devices): DefaultIpv6 {
  const own = addresses.find(({ family, address }) => family === "inet6" && address === route.address);
  if (!own) return route;
  return { ...route, ...deviceOf(own, devices), prefix: own.prefix, scope: own.scope };
}

function deviceOf(own: Address, devices: Devices): DefaultAddress {
  const { macaddress, mtu, type = "unknown" } = devices.get(own.device) ?? {};
  return present<Required<Pick<DefaultAddress, "macaddress" | "mtu" | "type">>>({ macaddress, mtu, type });
}
