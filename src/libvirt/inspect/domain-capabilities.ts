import type { DomainType, GuestOffer } from "../../dispatch/model.js";
import { DEFAULT_MACHINES } from "../../expand/machine-defaults.js";
import { escapeXml } from "../../template/escape-xml.js";
import { at, childrenOf, parseXml, textAt, type XmlElement } from "../xml.js";

/**
 * Asks for every architecture and domain type that `$said`, libvirt's capabilities, names and farm has a default
 * machine for. Only words of our own table get into virsh's command line.
 */
export const ASK_OFFERS = `virsh -q -c "$uri" "$(printf '%s\\n' "$said" | awk -F "'" '
BEGIN { ${Object.entries(DEFAULT_MACHINES)
  .map(([arch, machine]) => `m["${arch}"] = "${machine}"`)
  .join("; ")} }
/<arch name=/ { arch = $2 }
/<domain type=.(qemu|kvm)./ && arch in m {
  print "domcapabilities --arch " arch " --machine " m[arch] " --virttype " $2 ";"
}')" 2>&1`;

/** Finds what libvirt offers for an architecture and a domain type, by the user's own emulator when there is one; undefined when it did not say. */
export type FindOffer = (arch: string, domainType: DomainType, emulator?: string) => GuestOffer | undefined;

/**
 * From the answers to `ASK_OFFERS`, one document after the other. Each is read when it is asked for, and once.
 * @throws HypervisorError (the function that it returns) for a document that is not XML
 */
export function parseOffers(stdout: string): FindOffer {
  const documents = stdout.match(/^<domainCapabilities>[\s\S]*?^<\/domainCapabilities>/gm) ?? [];
  const known = new Map<string, GuestOffer | undefined>();
  return (arch, domainType, emulator) => {
    const key = `${arch} ${domainType} ${emulator}`;
    if (!known.has(key)) {
      const found = documents.find(
        (text) =>
          says(text, "arch", arch) &&
          says(text, "domain", domainType) &&
          (emulator === undefined || says(text, "path", escapeXml(emulator))),
      );
      known.set(key, found === undefined ? undefined : parseDomainCapabilities(found));
    }
    return known.get(key);
  };
}

const says = (text: string, element: string, value: string): boolean =>
  text.includes(`\n  <${element}>${value}</${element}>`);

/** What `virsh domcapabilities` says, as far as farm asks. @throws HypervisorError when it is not XML */
export function parseDomainCapabilities(xml: string): GuestOffer {
  const root = parseXml(xml, "libvirt's domain capabilities");
  const modes = childrenOf(at(root, "cpu"), "mode").filter(isSupported);
  const named = (mode: XmlElement) => mode.attributes.get("name") ?? "";
  const custom = modes.find((mode) => named(mode) === "custom");
  return {
    emulator: textAt(root, "path"),
    machine: textAt(root, "machine"),
    cpuModes: modes.map(named),
    cpuModels: childrenOf(custom, "model").map(({ text }) => text.trim()),
    firmware: values(at(root, "os"), "firmware"),
    loaders: childrenOf(at(root, "os", "loader"), "value").map(({ text }) => text.trim()),
    netBackends: values(at(root, "devices", "interface"), "backendType"),
  };
}

const isSupported = (element: XmlElement): boolean => element.attributes.get("supported") === "yes";

/** Of `<enum name=...>`; what libvirt does not tell of has none. */
const values = (element: XmlElement | undefined, name: string): string[] =>
  childrenOf(element, "enum")
    .filter((each) => each.attributes.get("name") === name)
    .flatMap((each) => childrenOf(each, "value").map(({ text }) => text.trim()));
