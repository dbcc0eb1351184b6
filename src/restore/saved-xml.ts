import { HypervisorError } from "../errors.js";
import { type Ownership, ownershipTree } from "../libvirt/ownership.js";
import { renderXml } from "../libvirt/xml.js";

/** The same domain by another name and UUID. */
export const renamedDomain = (xml: string, name: string, uuid: string): string =>
  xml
    .replace(/<name>[^<]*<\/name>/, () => `<name>${escaped(name)}</name>`)
    .replace(/<uuid>[^<]*<\/uuid>/, () => `<uuid>${escaped(uuid)}</uuid>`);

/**
 * The XML of a saved domain, for one whose files are in another directory and which belongs to another run. The rest must stay as
 * QEMU had it: libvirt compares.
 * @throws HypervisorError when it has no owner
 */
export function movedDomain(xml: string, from: string, ownership: Ownership): string {
  const owner = renderXml(ownershipTree(ownership)).replace(/^<\?xml[^>]*\?>\s*/, "");
  const mark = /<farm:domain[\s>][\s\S]*?<\/farm:domain>/;
  if (!mark.test(xml)) throw new HypervisorError("the saved domain does not say whose it is");
  return xml
    .replaceAll(`${escaped(from)}/`, () => `${escaped(ownership.directory)}/`)
    .replace(mark, () => owner);
}

/** As libvirt writes attributes and texts. */
const escaped = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("'", "&apos;")
    .replaceAll('"', "&quot;");
