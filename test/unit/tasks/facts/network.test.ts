import { describe, expect, it } from "vitest";
import { parseFacts } from "../../../../src/tasks/facts/parse-facts.js";
import { machineOutput, recorded } from "./machine-output.js";

const facts = parseFacts(recorded("fedora"));

describe("network facts", () => {
  it("describe the default address, found behind a metric", () => {
    expect(facts.default_ipv4).toEqual({
      address: "192.0.2.77",
      alias: "enp1s0",
      broadcast: "192.0.2.127",
      gateway: "192.0.2.65",
      interface: "enp1s0",
      macaddress: "52:54:00:ab:cd:ef",
      mtu: 1500,
      netmask: "255.255.255.192",
      network: "192.0.2.64",
      prefix: "26",
      type: "ether",
    });
  });

  it("take the IPv6 route of the least metric, and a global address before a local one", () => {
    expect(facts.default_ipv6).toMatchObject({
      interface: "enp1s0",
      gateway: "fe80::a",
      address: "2001:db8::77",
      prefix: "64",
      scope: "global",
    });
  });

  it("list every address but the loopback's", () => {
    expect(facts.all_ipv4_addresses).toEqual([
      "192.0.2.77",
      "192.0.2.78",
      "198.51.100.5",
      "192.168.122.1",
      "10.8.0.2",
      "203.0.113.9",
    ]);
    expect(facts.all_ipv6_addresses).toEqual([
      "2001:db8::77",
      "fd00::77",
      "fe80::5054:ff:feab:cdef",
      "fd01::2",
    ]);
  });

  it("describe interfaces: bridges, tunnels with a peer, promiscuous ones", () => {
    expect(facts["virbr0"]).toMatchObject({ type: "bridge", active: false, promisc: false });
    expect(facts["tun0"]).toMatchObject({
      type: "tunnel",
      ipv4: { address: "10.8.0.2", prefix: "32", netmask: "255.255.255.255" },
      ipv6: [{ address: "fd01::2", prefix: "64", scope: "global" }],
    });
    expect(facts["tun0"]).not.toHaveProperty("macaddress");
    expect(facts["enp1s0"]).toMatchObject({ promisc: true, speed: 1000 });
  });

  it("keep further addresses as secondaries, and a label as an interface of its own", () => {
    const secondaries = [{ address: "192.0.2.78" }, { address: "198.51.100.5", network: "198.51.100.4" }];
    expect(facts["enp1s0"]).toMatchObject({ ipv4: { address: "192.0.2.77" }, ipv4_secondaries: secondaries });
    expect(facts["enp1s0_1"]).toMatchObject({ ipv4_secondaries: [{ address: "192.0.2.78" }] });
    expect(facts.interfaces).toEqual(["lo", "enp1s0", "virbr0", "tun0", "host", "enp1s0_1"]);
  });

  it("are empty without a way out, and missing without `ip`", () => {
    const ip = "1: lo: <LOOPBACK,UP>\n    inet 127.0.0.1/8 scope host lo\n";
    const alone = parseFacts(
      machineOutput({ said: { ip, route4: "RTNETLINK answers: Network is unreachable" } }),
    );
    expect([alone.default_ipv4, alone.default_ipv6, alone.all_ipv4_addresses]).toEqual([{}, {}, []]);
    const without = parseFacts(machineOutput({ files: { "/sys/class/net/eth0/mtu": "1500" } }));
    expect(without.interfaces).toEqual(["eth0"]);
    expect(without).not.toHaveProperty("default_ipv4");
  });

  it.each(["300.1.1.1/8", "10.0.0.1/33", "10.0.0.1/x", "::g/64", "10.0.0/8"])(
    "skip the address %s",
    (address) => {
      const family = address.startsWith(":") ? "inet6" : "inet";
      const ip = `1: eth0: <UP>\n    ${family} ${address} scope global eth0\n`;
      const { all_ipv4_addresses, all_ipv6_addresses } = parseFacts(machineOutput({ said: { ip } }));
      expect([all_ipv4_addresses, all_ipv6_addresses]).toEqual([[], []]);
    },
  );

  it.each([
    ["0", "0.0.0.0", "0.0.0.0"],
    ["1", "128.0.0.0", "128.0.0.0"],
    ["25", "255.255.255.128", "203.0.113.128"],
    ["32", "255.255.255.255", "203.0.113.200"],
  ])("make netmask and network of the prefix %s", (prefix, netmask, network) => {
    const ip = `1: eth0: <UP>\n    inet 203.0.113.200/${prefix} scope global eth0\n`;
    expect(parseFacts(machineOutput({ said: { ip } }))["eth0"]).toMatchObject({ ipv4: { netmask, network } });
  });
});

describe("fqdn", () => {
  const fqdn = (hosts: string, node = "vm") =>
    parseFacts(machineOutput({ files: { "/etc/hosts": hosts, "/proc/sys/kernel/hostname": node } })).fqdn;

  it.each([
    ["127.0.1.1 vm.lab.example vm\n", "vm.lab.example"],
    ["127.0.1.1\tvm\tvm.lab.example # ours\n", "vm.lab.example"],
    ["127.0.0.1 localhost\n127.0.0.1 vm\n", "localhost"],
    ["# 127.0.1.1 vm.lab.example vm\n", "vm"],
    ["127.0.0.1 localhost\n", "vm"],
    ["", "vm"],
  ])("by the hosts file %j is %s", (hosts, expected) => {
    expect(fqdn(hosts)).toBe(expected);
  });

  it("is the node's own name when that has a domain", () => {
    expect(fqdn("", "vm.lab.example")).toBe("vm.lab.example");
  });
});
