import { createHash } from "node:crypto";
import type { Net, VmDefinition } from "../load/definitions/vm-definition.js";
import type { XmlTemplate } from "../load/definitions/xml-templates.js";
import { escapeXml } from "../template/escape-xml.js";
import type { Command } from "../transport/shell.js";
import { type Connection, withXml } from "./virsh.js";
import { renderXml, textAt, type XmlTree } from "./xml.js";
import { behindStart, markupByName, renderTemplate } from "./xml-template.js";

/** A network that a VM needs, and the address that its DHCP server is to give the VM. */
export interface NetworkWanted {
  readonly name: string;
  readonly host?: { readonly mac: string; readonly ip: string } | undefined;
}

// Two VMs may do this at the same time: what matters is how it is afterwards.
const SCRIPT = `uri=$1 name=$2 host=$3 xml=$(cat)
has() { virsh -q -c "$uri" net-list "$@" --name | sed 's/ *$//' | grep -Fxq -- "$name"; }
has --all || printf '%s\\n' "$xml" | virsh -q -c "$uri" net-define --validate --file /dev/stdin || has --all || exit 1
has || virsh -q -c "$uri" net-start --network "$name" || has || exit 1
[ -n "$host" ] || exit 0
update() { virsh -q -c "$uri" net-update --network "$name" --command "$1" --section ip-dhcp-host --xml "$host" --live; }
update modify 2>/dev/null || update add-last`;

const FORGET = `exec virsh -q -c "$1" net-update --network "$2" --command delete --section ip-dhcp-host --xml "$3" --live`;

const hostXml = ({ mac, ip }: { readonly mac: string; readonly ip: string }): string =>
  renderXml({ host: { "@mac": mac, "@ip": ip } }).trim();

/** Takes the entry away; nothing to do when it or the network is gone. */
export const forgetHost = ({ uri, env = {} }: Connection, { name, host }: NetworkWanted): Command => ({
  argv: ["sh", "-c", FORGET, "sh", uri, name, host === undefined ? "" : hostXml(host)],
  env: { ...env, LC_ALL: "C" },
  timeoutMs: 60_000,
});

/** Makes the network known when it is not, starts it when it does not run, and gives the host its entry. */
export const ensureNetwork = (to: Connection, { name, host }: NetworkWanted, xml: string): Command => {
  return withXml(to, SCRIPT, xml, [name, host === undefined ? "" : hostXml(host)]);
};

/** libvirt's name of the network that a VM is on. */
export const networkName = ({ source = "default" }: Net): string => source;

/**
 * The network of a VM that asks for one, when it is not there: by the user's template, else with NAT and DHCP, around the VM's own
 * address or one that follows from the name. @throws ConfigError for a template that makes no such network
 */
export function networkXml(vm: Pick<VmDefinition, "net">, template?: XmlTemplate): string {
  const name = networkName(vm.net);
  const tree = networkTree(name, vm.net);
  if (template === undefined) return renderXml({ network: tree });
  const farm = { name, xml: markupByName(tree) };
  const { text, root, fail } = renderTemplate(template, { vm, farm }, "network");
  const written = textAt(root, "name");
  if (written === undefined) return behindStart(text, "network", `<name>${escapeXml(name)}</name>`).trim();
  if (written === name) return text.trim();
  throw fail(
    `names the network '${written}'; the VM is on '${name}'`,
    "leave <name> out, or write {{ farm.name }}",
  );
}

function networkTree(name: string, { ip, mask, gateway }: Net): XmlTree {
  const netmask = mask ?? "255.255.255.0";
  const address = gateway ?? (ip === undefined ? gatewayOf(name) : firstHost(ip, netmask));
  const first = number(address) & number(netmask);
  const last = (first | ~number(netmask)) >>> 0;
  const range = { "@start": dotted(number(address) + 1), "@end": dotted(last - 1) };
  return {
    name,
    forward: { "@mode": "nat" },
    bridge: { "@stp": "on", "@delay": "0" },
    ip: { "@address": address, "@netmask": netmask, dhcp: { range } },
  };
}

function gatewayOf(name: string): string {
  const [a = 0, b = 0] = createHash("sha256").update(name).digest();
  return `10.${128 + (a % 100)}.${b}.1`;
}

const firstHost = (ip: string, mask: string): string => dotted(((number(ip) & number(mask)) >>> 0) + 1);

const number = (ip: string): number => ip.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

const dotted = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");

/** libvirt's range of made-up addresses; the same for the same name. */
export function macOf(name: string): string {
  const digest = createHash("sha256").update(name).digest();
  return [
    "52",
    "54",
    "00",
    ...[...digest.subarray(0, 3)].map((byte) => byte.toString(16).padStart(2, "0")),
  ].join(":");
}
