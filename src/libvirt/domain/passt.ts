import type { Forward, Net } from "../../load/definitions/vm-definition.js";
import { at, childrenOf, parseXml, type XmlElement, type XmlTree } from "../xml.js";
import { markup } from "../xml-template.js";

/** A port of the hypervisor that leads to one of the guest. */
export type OpenForward = Forward & { readonly host: number };

/** What makes an `<interface>` passt's. QEMU's own user network has no forwards in its XML: they are added to the running guest. */
export const passtTree = ({ backend }: Pick<Net, "backend">, forwards: readonly OpenForward[]): XmlTree =>
  backend === "passt" ? { backend: { "@type": "passt" }, portForward: forwards.map(forwardTree) } : {};

/** Without an address passt listens on all of them. */
const forwardTree = ({ protocol, address, host, guest }: OpenForward): XmlTree => ({
  "@proto": protocol,
  "@address": address,
  range: { "@start": host, "@to": guest },
});

/** The forwards of a domain whose user network is passt's; undefined for any other. @throws HypervisorError when it is not XML */
export const passtForwards = (domainXml: string): OpenForward[] | undefined =>
  forwardsOf(parseXml(domainXml, "a domain's description"));

/** The same of a domain that was read already. */
export function forwardsOf(domain: XmlElement): OpenForward[] | undefined {
  const cards = childrenOf(at(domain, "devices"), "interface");
  const card = cards.find((each) => at(each, "backend")?.attributes.get("type") === "passt");
  return card && childrenOf(card, "portForward").flatMap(forward);
}

function forward(element: XmlElement): OpenForward[] {
  const address = element.attributes.get("address") ?? "0.0.0.0";
  const protocol = element.attributes.get("proto") === "udp" ? "udp" : "tcp";
  return childrenOf(element, "range").flatMap((range) => {
    const host = Number(range.attributes.get("start"));
    const guest = Number(range.attributes.get("to") ?? host);
    return Number.isInteger(host) && Number.isInteger(guest) ? [{ guest, host, protocol, address }] : [];
  });
}

/** A domain on passt with other forwards; the rest stays as libvirt had it. */
export function withForwards(domainXml: string, forwards: readonly OpenForward[]): string {
  const written = markup({ portForward: forwards.map(forwardTree) });
  return domainXml.replace(/<interface\b[^>]*>[\s\S]*?<\/interface>/g, (card) => {
    if (!/<backend\b[^>]*\btype=(["'])passt\1/.test(card)) return card;
    const bare = card.replace(/\s*<portForward\b[^>]*?(?:\/>|>[\s\S]*?<\/portForward>)/g, "");
    return bare.replace(/<\/interface>$/, () => `${written}</interface>`);
  });
}
