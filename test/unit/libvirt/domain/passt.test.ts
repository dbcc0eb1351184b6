import { describe, expect, it } from "vitest";
import { domainXml } from "../../../../src/libvirt/domain/domain-xml.js";
import { type OpenForward, passtForwards, withForwards } from "../../../../src/libvirt/domain/passt.js";
import { domainInput } from "../domain-input.js";

const SSH: OpenForward = { guest: 22, host: 61_022, protocol: "tcp", address: "127.0.0.1" };
const DNS: OpenForward = { guest: 53, host: 5353, protocol: "udp", address: "0.0.0.0" };

/** As libvirt 11.3 writes it for a domain that runs. */
const DUMPED = `<domain type='qemu' id='3'>
  <name>x</name>
  <devices>
    <interface type='user'>
      <mac address='52:54:00:12:34:57'/>
      <backend type='default'/>
    </interface>
    <interface type='user'>
      <mac address='52:54:00:12:34:56'/>
      <portForward proto='tcp' address='127.0.0.1'>
        <range start='61022' to='22'/>
      </portForward>
      <portForward proto='udp' address='0.0.0.0'>
        <range start='5353' to='53'/>
      </portForward>
      <model type='virtio'/>
      <backend type='passt'/>
      <alias name='net0'/>
    </interface>
  </devices>
</domain>
`;

describe("a user network on passt", () => {
  const card = (net: Record<string, unknown>, forwards?: readonly OpenForward[]) =>
    /<interface[\s\S]*<\/interface>/.exec(domainXml(domainInput({ net }, { forwards })))?.[0];

  it("has its forwards in the domain's XML", () => {
    expect(card({ type: "user", backend: "passt" }, [SSH, DNS])).toMatchInlineSnapshot(`
      "<interface type="user">
            <mac address="52:54:00:12:34:56"/>
            <model type="virtio"/>
            <backend type="passt"/>
            <portForward proto="tcp" address="127.0.0.1">
              <range start="61022" to="22"/>
            </portForward>
            <portForward proto="udp" address="0.0.0.0">
              <range start="5353" to="53"/>
            </portForward>
          </interface>"
    `);
  });

  it("is farm's card beside a switch too", () => {
    expect(card({ type: "vde", backend: "passt" }, [SSH])).toMatch(
      /<backend type="passt"\/>[\s\S]*start="61022"/,
    );
  });

  it.each([{ type: "user", backend: "default" }, { type: "user" }, { type: "network", backend: "passt" }])(
    "is none for %j",
    (net) => {
      expect(card(net, [SSH])).not.toMatch(/backend|portForward/);
    },
  );
});

describe("passtForwards", () => {
  it("reads what farm wrote", () => {
    const input = domainInput({ net: { type: "user", backend: "passt" } }, { forwards: [SSH, DNS] });
    expect(passtForwards(domainXml(input))).toEqual([SSH, DNS]);
  });

  it("reads what libvirt says of it", () => {
    expect(passtForwards(DUMPED)).toEqual([SSH, DNS]);
  });

  it("tells a domain on QEMU's own network from one on passt without forwards", () => {
    expect(passtForwards(domainXml(domainInput({ net: { type: "user" } })))).toBeUndefined();
    expect(passtForwards(withForwards(DUMPED, []))).toEqual([]);
  });

  it("takes a user's own: no address is all of them, and a port leads to the same one", () => {
    const own = `<domain><devices><interface type='user'><backend type="passt"/>
      <portForward proto='tcp'><range start='8022' to='22'/><range start='80'/></portForward></interface></devices></domain>`;
    expect(passtForwards(own)).toEqual([
      { guest: 22, host: 8022, protocol: "tcp", address: "0.0.0.0" },
      { guest: 80, host: 80, protocol: "tcp", address: "0.0.0.0" },
    ]);
  });
});

describe("withForwards", () => {
  it("changes the ports and nothing else", () => {
    const changed = withForwards(DUMPED, [{ ...SSH, host: 50_000 }, DNS]);
    expect(passtForwards(changed)).toEqual([{ ...SSH, host: 50_000 }, DNS]);
    const without = (xml: string) =>
      xml.replace(/\s*<portForward[\s\S]*?<\/portForward>/g, "").replace(/\s+/g, "");
    expect(without(changed)).toBe(without(DUMPED));
  });

  it("leaves what is not on passt as it is", () => {
    const other = DUMPED.replace("type='passt'", "type='default'");
    expect(withForwards(other, [SSH])).toBe(other);
  });
});
