import { at, parseXml, textAt, type XmlElement, type XmlTree } from "../xml.js";
import { forwardsOf, type OpenForward } from "./passt.js";

/** Whose a domain is; stands in its metadata. farm touches no domain without it. */
export interface Ownership {
  readonly project: string;
  /** The VM's name in the plan. */
  readonly vm: string;
  readonly run: string;
  /** The directory on the hypervisor that holds all that farm made for this VM. */
  readonly directory: string;
  /** ISO 8601 */
  readonly created: string;
}

export const OWNERSHIP_NAMESPACE = "urn:farm:domain:1";
const FIELDS = ["project", "vm", "run", "directory", "created"] as const;

/** A domain as libvirt describes it, as far as farm asks. */
export interface DomainDescription {
  readonly name: string;
  readonly uuid: string;
  /** True when a QEMU process belongs to it. */
  readonly active: boolean;
  readonly ownership: Ownership | undefined;
  /** What leads to the guest, when its user network is passt's. */
  readonly forwards?: readonly OpenForward[] | undefined;
}

/** The element for `<metadata>`. Each value is an attribute-free element, since white space in attributes is not kept. */
export const ownershipTree = (ownership: Ownership): XmlTree => ({
  "farm:domain": {
    "@xmlns:farm": OWNERSHIP_NAMESPACE,
    ...Object.fromEntries(FIELDS.map((field) => [`farm:${field}`, ownership[field]])),
  },
});

/** @throws HypervisorError when it is not XML. */
export const parseOwnership = (dumpxml: string): Ownership | undefined => describeDomain(dumpxml).ownership;

/** @throws HypervisorError when it is not XML. */
export function describeDomain(dumpxml: string): DomainDescription {
  const root = parseXml(dumpxml, "a domain's description");
  return {
    name: at(root, "name")?.text ?? "",
    uuid: textAt(root, "uuid") ?? "",
    active: root.attributes.has("id"),
    ownership: ownership(at(root, "metadata")),
    forwards: forwardsOf(root),
  };
}

function ownership(metadata: XmlElement | undefined): Ownership | undefined {
  const ours = metadata?.children.find(
    ({ name, namespace }) => name === "domain" && namespace === OWNERSHIP_NAMESPACE,
  );
  if (!ours) return undefined;
  const [project, vm, run, directory, created] = FIELDS.map((field) => at(ours, field)?.text);
  if (project === undefined || vm === undefined || run === undefined || directory === undefined)
    return undefined;
  return { project, vm, run, directory, created: created ?? "" };
}
