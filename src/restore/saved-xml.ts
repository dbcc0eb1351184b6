import { HypervisorError } from "../errors.js";
import { type Ownership, ownershipTree } from "../libvirt/domain/ownership.js";
import { renderXml } from "../libvirt/xml.js";
import { escapeXml } from "../template/escape-xml.js";

/** The same domain by another name and UUID. */
export const renamedDomain = (xml: string, name: string, uuid: string): string =>
  xml
    .replace(/<name>[^<]*<\/name>/, () => `<name>${escapeXml(name)}</name>`)
    .replace(/<uuid>[^<]*<\/uuid>/, () => `<uuid>${escapeXml(uuid)}</uuid>`);

/**
 * The XML of a saved domain, for one whose files are in another directory, with one layer of its own a disk, and which belongs to another run.
 * The rest must stay as QEMU had it: libvirt compares.
 * @throws HypervisorError when it has no owner
 */
export function movedDomain(xml: string, from: string, ownership: Ownership): string {
  const owner = renderXml(ownershipTree(ownership)).replace(/^<\?xml[^>]*\?>\s*/, "");
  const mark = /<farm:domain[\s>][\s\S]*?<\/farm:domain>/;
  if (!mark.test(xml)) throw new HypervisorError("the saved domain does not say whose it is");
  const [before = "", ...files] = withoutBacking(xml).split(`${escapeXml(from)}/`);
  const leaves = files.map((text) => text.replace(/^(disk-\d+)\.\d+(\.qcow2')/, "$1$2"));
  return [before, ...leaves].join(`${escapeXml(ownership.directory)}/`).replace(mark, () => owner);
}

/** What a disk stands on is written in its file. */
function withoutBacking(xml: string): string {
  const innermost =
    /\s*<backingStore(?:\s[^>]*)?(?:\/>|(?<!\/)>(?:(?!<backingStore[\s/>])[\s\S])*?<\/backingStore>)/g;
  const without = xml.replace(innermost, "");
  return without === xml ? xml : withoutBacking(without);
}
