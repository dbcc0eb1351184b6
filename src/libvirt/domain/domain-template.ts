import type { VmDefinition } from "../../load/definitions/vm-definition.js";
import type { XmlTemplate } from "../../load/definitions/xml-templates.js";
import { escapeXml } from "../../template/escape-xml.js";
import { at, childrenOf, textAt, type XmlElement, type XmlTree } from "../xml.js";
import { behindStart, type Fail, markup, markupByName, renderTemplate } from "../xml-template.js";
import type { DomainDisk } from "./disks.js";
import { describeDomain, type Ownership, ownershipTree } from "./ownership.js";

/** What farm needs of a domain, whoever writes its XML. */
interface Needs {
  readonly definition: VmDefinition;
  readonly name: string;
  readonly uuid: string;
  readonly ownership: Ownership;
  readonly disks: readonly DomainDisk[];
  readonly consoleLog: string;
  /** Where the variables of its firmware are, when it has any. */
  readonly nvram: string | undefined;
  /** The domain as farm would make it. */
  readonly tree: XmlTree;
}

/**
 * The domain by a template. Name, UUID and whose it is are put in where the template says nothing of them.
 * @throws ConfigError when it is not XML, or lacks what farm cannot do without
 */
export function templateXml(template: XmlTemplate, needs: Needs): string {
  const { definition: vm, name, uuid, disks, consoleLog, nvram } = needs;
  const farm = { name, uuid, disks, console_log: consoleLog, nvram, xml: fragments(needs.tree) };
  const { text, root, fail } = renderTemplate(template, { vm, farm }, "domain");
  const xml = withIdentity(text, root, needs, fail);
  checkFiles(root, needs, fail);
  if (describeDomain(xml).ownership === undefined) throw fail("leaves no room for farm's own <metadata>");
  return `${xml.trim()}\n`;
}

/** farm's own markup by element: `farm.xml.cpu`, `farm.xml.disk`; `farm.xml.devices` is all that it puts into that one. */
function fragments(tree: XmlTree): Record<string, string> {
  const devices = tree["devices"] as XmlTree;
  const { devices: _, ...ofDomain } = tree;
  return { ...markupByName(ofDomain), ...markupByName(devices), devices: markup(devices) };
}

function withIdentity(text: string, root: XmlElement, needs: Needs, fail: Fail): string {
  const { name, uuid, ownership } = needs;
  for (const [element, wanted] of Object.entries({ name, uuid })) {
    const written = at(root, element)?.text;
    if (written !== undefined && written !== wanted)
      throw fail(
        `names the domain's ${element} '${written}'; farm knows it by '${wanted}'`,
        `leave <${element}> out, or write {{ farm.${element} }}`,
      );
  }
  const lacking = (["name", "uuid"] as const).filter((element) => !at(root, element));
  const identity = lacking.map((element) => `<${element}>${escapeXml(needs[element])}</${element}>`).join("");
  const owner = markup(ownershipTree(ownership));
  const { ownership: written } = describeDomain(text);
  if (written && Object.entries(ownership).some(([key, value]) => written[key as keyof Ownership] !== value))
    throw fail("says that the domain is another's", "write {{ farm.xml.metadata | safe }}, or nothing");
  const metadata = at(root, "metadata");
  if (written || !metadata) {
    const whose = written ? "" : `<metadata>${owner}</metadata>`;
    return behindStart(text, "domain", `${identity}${whose}`);
  }
  const opened = text.replace(/<metadata\s*\/>/, "<metadata></metadata>");
  const owned = behindStart(opened, "metadata", owner);
  return behindStart(owned, "domain", identity);
}

function checkFiles(root: XmlElement, { disks, consoleLog, nvram }: Needs, fail: Fail): void {
  const devices = at(root, "devices");
  const used = childrenOf(devices, "disk").map((disk) => at(disk, "source")?.attributes.get("file"));
  const missing = disks.find(({ path }) => used.filter((each) => each === path).length !== 1);
  if (missing)
    throw fail(
      `must have each disk of the VM once, also ${missing.path}`,
      "write {{ farm.xml.disk | safe }} in <devices>, or a <disk> for each of farm.disks",
    );
  const consoles = ["serial", "console"].flatMap((kind) => childrenOf(devices, kind));
  const logs = consoles.flatMap((each) => [
    at(each, "source")?.attributes.get("path"),
    at(each, "log")?.attributes.get("file"),
  ]);
  if (!logs.includes(consoleLog))
    throw fail(
      "keeps no log of the console",
      "write {{ farm.xml.serial | safe }} in <devices>, or <log file='{{ farm.console_log }}'/> in its <serial>",
    );
  if (nvram !== undefined && textAt(root, "os", "nvram") !== nvram)
    throw fail(
      "keeps the firmware's variables elsewhere",
      "write {{ farm.xml.os | safe }}, or <nvram>{{ farm.nvram }}</nvram> in <os>",
    );
}
