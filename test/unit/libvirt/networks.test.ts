import { describe, expect, test } from "vitest";
import { parseAddresses } from "../../../src/libvirt/addresses.js";
import { domainXml } from "../../../src/libvirt/domain/domain-xml.js";
import { ensureNetwork, macOf, networkXml } from "../../../src/libvirt/network.js";
import { at, childrenOf, parseXml, textAt } from "../../../src/libvirt/xml.js";
import type { Net } from "../../../src/load/definitions/vm-definition.js";
import { Scope } from "../../../src/template/scope.js";
import { domainInput } from "./domain-input.js";

const MAC = "52:54:00:AA:00:01";
const DOMAIN = `<domain><devices><interface><mac address='${MAC}'/></interface></devices></domain>`;
const OWN =
  "2: eth0    inet 10.0.0.77/24 brd 10.0.0.255 scope global eth0\n2: eth0    inet6 2001:db8::77/64 scope global";
const answer = (domain: string, ...lines: string[]) =>
  parseAddresses([domain, "#own", OWN, "#addresses", ...lines, ""].join("\n"));
const said = (...lines: string[]) => answer(DOMAIN, ...lines);

describe("addresses", () => {
  test("of libvirt's leases, the agent and both forms of neighbour tables", () => {
    expect(said(" vnet0      52:54:00:aa:00:01    ipv4         192.168.122.5/24")).toEqual(["192.168.122.5"]);
    expect(said("192.168.1.7 dev br0 lladdr 52:54:00:aa:00:01 REACHABLE")).toEqual(["192.168.1.7"]);
    expect(
      said(
        "192.168.1.8    0x1   0x2   52:54:00:aa:00:01   *   br0",
        "192.168.1.9 0x1 0x0 52:54:00:aa:00:01 * br0",
      ),
    ).toEqual(["192.168.1.8"]);
  });

  test("each once, IPv4 first, the order of the sources kept", () => {
    expect(
      said(
        "fd00::5 dev br0 lladdr 52:54:00:aa:00:01 STALE",
        "2001:db8::5 dev br0 lladdr 52:54:00:aa:00:01 STALE",
        "10.0.0.9 dev br0 lladdr 52:54:00:aa:00:01 STALE",
        "10.0.0.8 dev br0 lladdr 52:54:00:aa:00:01 STALE",
        "10.0.0.9 dev br0 lladdr 52:54:00:aa:00:01 STALE",
      ),
    ).toEqual(["10.0.0.9", "10.0.0.8", "fd00::5", "2001:db8::5"]);
  });

  test.each([
    "127.0.0.1 dev lo lladdr 52:54:00:aa:00:01 STALE",
    " lo  52:54:00:aa:00:01  ipv4  127.0.0.5/8",
    " eth0  52:54:00:aa:00:01  ipv4  0.0.0.0/8",
    " eth0  52:54:00:aa:00:01  ipv4  169.254.1.1/16",
    " eth0  52:54:00:aa:00:01  ipv4  224.0.0.1/4",
    " eth0  52:54:00:aa:00:01  ipv4  256.1.1.1/4",
    " eth0  52:54:00:aa:00:01  ipv6  ::1/128",
    " eth0  52:54:00:aa:00:01  ipv6  ::ffff:127.0.0.1/128",
    " eth0  52:54:00:aa:00:01  ipv6  fe80::1/64",
    " eth0  52:54:00:aa:00:02  ipv4  10.0.0.1/8",
    " eth0  52:54:00:aa:00:01  ipv4  10.0.0.1;reboot/8",
    " eth0  52:54:00:aa:00:01  ipv4  10.0.0.77/24",
    " eth0  52:54:00:aa:00:01  ipv6  2001:db8::77/64",
    "10.0.0.1 dev br0 FAILED",
    "10.0.0.1 dev br0 lladdr 52:54:00:aa:00:01 FAILED",
    "",
  ])("nothing to connect to: %s", (line) => expect(said(line)).toEqual([]));

  test.each([
    ["type='bridge'><source bridge='br0'/><target dev='vnet3'/", ["fe80::5054:ff:feaa:1%br0"]],
    ["type='ethernet'><target dev='tap7'/", ["fe80::5054:ff:feaa:1%tap7"]],
    ["type='network'><source network='lab' bridge='virbr1'/><target dev='vnet3'/", []],
    ["type='user'><target dev='x'/", []],
  ])("of a card by its MAC address, after all others: %s", (card, last) => {
    const domain = `<domain><devices><interface ${card}><mac address='${MAC}'/></interface></devices></domain>`;
    const known = "10.0.0.9 dev br0 lladdr 52:54:00:aa:00:01 STALE";
    expect(answer(domain)).toEqual(last);
    expect(answer(domain, known)).toEqual(["10.0.0.9", ...last]);
  });

  test("none without the domain's description", () => expect(parseAddresses("#addresses\n")).toEqual([]));
});

describe("a network of farm's", () => {
  const ip = (net: Net) => {
    const found = at(parseXml(networkXml({ net: { source: "lab & more", ...net } }), "it"), "ip");
    const range = at(found, "dhcp", "range")?.attributes;
    return [
      found?.attributes.get("address"),
      found?.attributes.get("netmask"),
      range?.get("start"),
      range?.get("end"),
    ];
  };
  test.each([
    [{ ip: "192.168.77.20" }, ["192.168.77.1", "255.255.255.0", "192.168.77.2", "192.168.77.254"]],
    [
      { ip: "10.9.8.7", mask: "255.255.0.0", gateway: "10.9.0.254" },
      ["10.9.0.254", "255.255.0.0", "10.9.0.255", "10.9.255.254"],
    ],
  ])("stands around the VM's own address: %j", (net, wanted) =>
    expect(ip({ type: "network", ...net })).toEqual(wanted),
  );

  test("has addresses that follow from its name", () => {
    const [address] = ip({ type: "network" });
    expect(address).toMatch(/^10\.\d+\.\d+\.1$/);
    const addresses = ["a", "b"].map((source) => ip({ type: "network", source })[0]);
    expect(new Set(addresses).size).toBe(2);
  });

  /** What a template of the user's makes of a network called `lab`. */
  const made = (text: string) => {
    const scope = new Scope([{ domain: "farm.test" }]);
    return networkXml({ net: { type: "network", source: "lab" } }, { path: "/t/lab.xml.j2", text, scope });
  };

  test("is by the user's template, with farm's own parts in reach and its name put in", () => {
    const xml = made(
      "<!-- mine --><network>{{ farm.xml.ip | safe }}<domain name='{{ domain }}'/>{# none #}<title>{{ vm.net.source }}</title></network>\n",
    );
    const root = parseXml(xml, "it");
    expect(textAt(root, "name")).toBe("lab");
    expect(textAt(root, "title")).toBe("lab");
    expect(at(root, "domain")?.attributes.get("name")).toBe("farm.test");
    expect(at(root, "ip", "dhcp", "range")).toBeDefined();
    expect(made("<network><name>{{ farm.name }}</name></network>")).toBe(
      "<network><name>lab</name></network>",
    );
  });

  test.each([
    ["<domain/>", "the network template makes <domain>, not <network>"],
    ["<network", "the network template does not make well-formed XML"],
    ["<network><name>other</name></network>", "names the network 'other'; the VM is on 'lab'"],
    ["<network>{{ nothing }}</network>", "nothing"],
  ])("is not made by %s", (text, message) => expect(() => made(text)).toThrow(message));

  test("has an entry for the VM that wants an address", () => {
    const to = { uri: "qemu:///system" };
    const { argv, stdin } = ensureNetwork(
      to,
      { name: "lab", host: { mac: MAC, ip: "10.1.1.1" } },
      "<network/>",
    );
    expect(argv.slice(4)).toEqual(["qemu:///system", "lab", `<host mac="${MAC}" ip="10.1.1.1"/>`]);
    expect(stdin).toBe("<network/>");
    expect(ensureNetwork(to, { name: "lab" }, "").argv.at(-1)).toBe("");
  });
});

test("a made-up MAC address is libvirt's kind, and stays", () => {
  expect(macOf("/pool/vm")).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
  expect(macOf("/pool/vm")).toBe(macOf("/pool/vm"));
  expect(macOf("/pool/vm")).not.toBe(macOf("/pool/other"));
});

describe("cards", () => {
  const devices = (net: Record<string, unknown>, more = {}) =>
    parseXml(domainXml(domainInput({ net, ...more }, { vdeSwitch: "/pool/a,b" })), "it");
  const card = (root: ReturnType<typeof devices>) => at(root, "devices", "interface");

  test("of a bridge: a MAC address of its own and a channel for the guest's agent", () => {
    const root = devices({ type: "bridge", source: "br0" });
    expect(at(card(root), "mac")?.attributes.get("address")).toBe(macOf("/pool/vm"));
    expect(at(root, "devices", "channel", "target")?.attributes.get("name")).toBe("org.qemu.guest_agent.0");
  });

  test("ethernet: a tap device that is there already", () => {
    const root = devices({ type: "ethernet", source: "tap7", mac: MAC });
    expect(card(root)?.attributes.get("type")).toBe("ethernet");
    expect(Object.fromEntries(at(card(root), "target")?.attributes ?? [])).toEqual({
      dev: "tap7",
      managed: "no",
    });
  });

  test.each([
    [{}, "virtio-net-pci,netdev=farmvde,mac=52:54:00:AA:00:01,bus=pcie.0,addr=0x18"],
    [{ machine: "pc" }, "virtio-net-pci,netdev=farmvde,mac=52:54:00:AA:00:01,bus=pci.0,addr=0x18"],
    [{ arch: "ppc64le" }, "virtio-net-pci,netdev=farmvde,mac=52:54:00:AA:00:01,bus=pci.0,addr=0x18"],
    [{ arch: "s390x" }, "virtio-net-ccw,netdev=farmvde,mac=52:54:00:AA:00:01"],
  ])("vde: a card on the switch beside farm's own: %j", (more, device) => {
    const root = devices({ type: "vde", mac: MAC }, more);
    expect(card(root)?.attributes.get("type")).toBe("user");
    const values = childrenOf(at(root, "commandline"), "arg").map((arg) => arg.attributes.get("value"));
    expect(values).toEqual(["-netdev", "vde,id=farmvde,sock=/pool/a,,b", "-device", device]);
  });
});
