import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../../src/errors.js";
import { type DomainInput, domainXml } from "../../../../src/libvirt/domain/domain-xml.js";
import { describeDomain } from "../../../../src/libvirt/domain/ownership.js";
import { at, childrenOf, parseXml, textAt } from "../../../../src/libvirt/xml.js";
import { Scope } from "../../../../src/template/scope.js";
import { domainInput, UUID } from "../domain-input.js";

const DEVICES = "<devices>{{ farm.xml.devices | safe }}</devices>";

function withTemplate(text: string, parts: Record<string, unknown> = {}, more: Partial<DomainInput> = {}) {
  const scope = new Scope([{ site: "here & there" }], {
    directories: [],
    text: () => "",
    shown: () => "templates/default.xml.j2",
  });
  const input = domainInput(parts, { template: { path: "/templates/default.xml.j2", text, scope }, ...more });
  return domainXml(input);
}

function complaint(...given: Parameters<typeof withTemplate>): string {
  try {
    withTemplate(...given);
  } catch (error) {
    if (error instanceof ConfigError)
      return `${error.position?.file}:${error.position?.line}: ${error.message} (${error.hint ?? ""})`;
    throw error;
  }
  return "no complaint";
}

test("the VM definition is in scope, the user's own keys too, and each value is escaped", () => {
  const xml = withTemplate(
    `<domain type="{{ vm.virt_domain }}">
       {# no comment of Jinja's #}<!-- <domain> of {{ vm.ram }} -->
       <title>{{ site }}</title><description>{{ vm.note }}</description>
       {% for word in vm.words %}<x a="{{ word }}"/>{% endfor %}
       <memory unit="MiB">{{ vm.ram * 2 }}</memory>${DEVICES}</domain>`,
    { note: `</description> "x" 'y' {{ 1 + 1 }}`, words: [`"/><y a="`, "'"], ram: 100 },
  );
  const root = parseXml(xml, "it");
  expect(textAt(root, "title")).toBe("here & there");
  expect(textAt(root, "description")).toBe(`</description> "x" 'y' {{ 1 + 1 }}`);
  expect(childrenOf(root, "x").map((x) => x.attributes.get("a"))).toEqual([`"/><y a="`, "'"]);
  expect(textAt(root, "memory")).toBe("200");
});

test("a template without statements is escaped as well", () => {
  const xml = withTemplate(`<domain type="qemu"><title>{{ site }}</title>${DEVICES}</domain>`);
  expect(textAt(parseXml(xml, "it"), "title")).toBe("here & there");
});

describe("what farm needs is put in where the template is silent", () => {
  const input = domainInput();
  test.each([
    ["nothing", "", ""],
    ["an empty <metadata/>", "<metadata/>", ""],
    ["metadata of the user's", "<metadata>", "<u:x xmlns:u='urn:u'/></metadata>"],
    ["farm's own", "{{ farm.xml.name | safe }}{{ farm.xml.metadata | safe }}", ""],
  ])("%s", (_, before, after) => {
    const xml = withTemplate(`<domain type='qemu' id='>'>${before}${after}${DEVICES}</domain>`);
    const found = describeDomain(xml);
    expect(found).toMatchObject({ name: input.definition.metadata.name, uuid: UUID });
    expect(found.ownership).toEqual(input.ownership);
    const root = parseXml(xml, "it");
    for (const name of ["name", "uuid", "metadata"]) expect(childrenOf(root, name)).toHaveLength(1);
  });

  test("farm's own parts make the domain that farm would make", () => {
    const parts = { firmware: "efi" };
    const more = { nvram: "/pool/vm/nvram.fd" };
    const own = domainXml(domainInput(parts, more));
    const names = parseXml(own, "it").children.map(({ name }) => name);
    const template = names.map((name) => (name === "devices" ? DEVICES : `{{ farm.xml.${name} | safe }}`));
    const xml = withTemplate(
      `<domain type="{{ vm.virt_domain }}">${template.join("\n")}</domain>`,
      parts,
      more,
    );
    const flat = (text: string) => text.replace(/\s*\n\s*/g, "");
    expect(flat(xml)).toBe(flat(own));
  });
});

test.each([
  ["", "does not make well-formed XML"],
  ["<network/>", "makes <network>, not <domain>"],
  [`<domain><name>other</name>${DEVICES}</domain>`, "names the domain's name 'other'"],
  [`<domain><uuid>1</uuid>${DEVICES}</domain>`, "names the domain's uuid '1'"],
  [
    `<domain><metadata><f:domain xmlns:f="urn:farm:domain:1"><f:project>p</f:project><f:vm>v</f:vm><f:run>r</f:run><f:directory>/</f:directory></f:domain></metadata>${DEVICES}</domain>`,
    "says that the domain is another's",
  ],
  ["<domain><devices>{{ farm.xml.serial | safe }}</devices></domain>", "must have each disk of the VM once"],
  [
    `<domain><devices>{{ (farm.xml.disk ~ farm.xml.disk) | safe }}</devices></domain>`,
    "each disk of the VM once",
  ],
  ["<domain><devices>{{ farm.xml.disk | safe }}</devices></domain>", "keeps no log of the console"],
])("%s: %s", (text, message) => {
  expect(complaint(text)).toMatch(/^templates\/default\.xml\.j2:1: the domain template /);
  expect(complaint(text)).toContain(message);
});

test("a UEFI guest keeps its own variables", () => {
  const more = { nvram: "/pool/vm/nvram.fd" };
  const text = `<domain><os><type>hvm</type></os>${DEVICES}</domain>`;
  expect(complaint(text, { firmware: "efi" }, more)).toContain("keeps the firmware's variables elsewhere");
  expect(complaint(text, {}, more)).toBe("no complaint");
  const kept = `<domain><os><nvram>{{ farm.nvram }}</nvram></os>${DEVICES}</domain>`;
  expect(complaint(kept, { firmware: "/usr/share/OVMF/OVMF_CODE_4M.fd" }, more)).toBe("no complaint");
});

test("a disk of the template's own kind will do, and a log of another console", () => {
  const text = `<domain><devices>
    {% for disk in farm.disks %}<disk><source file="{{ disk.path }}"/><target dev="{{ disk.target }}" bus="sata"/></disk>{% endfor %}
    <serial type="pty"><log file="{{ farm.console_log }}"/></serial></devices></domain>`;
  const devices = at(parseXml(withTemplate(text), "it"), "devices");
  expect(at(devices, "disk", "source")?.attributes.get("file")).toBe("/pool/vm/leaf.qcow2");
});

test("a mistake is told with its line", () => {
  expect(complaint(`<domain>\n<title>{{ nothing }}</title>${DEVICES}</domain>`)).toMatch(
    /^templates\/default\.xml\.j2:2: undefined variable 'nothing'/,
  );
});
