import { expect, test } from "vitest";
import { asFarmError, describeError } from "../../../../src/errors.js";
import { answered, first, load, SMALL } from "../project-files.js";

const named = (name: string): Record<string, string> => ({ [`templates/${name}`]: name });
const platform = (vm: string) => ({ "platforms/deb.yaml": `vm: { ${vm}, disks: [{ src: a }] }\n` });
const NAMED = platform("metadata: { template: mine }");

async function found(files: Readonly<Record<string, string>>): Promise<string | undefined> {
  const vm = first(await load(files));
  try {
    return vm.domainTemplate(vm.define(answered(), "qemu"))?.text;
  } catch (error) {
    return describeError(asFarmError(error));
  }
}

test("metadata.template, then the VM's name, then the architecture, then default", async () => {
  const all = {
    ...named("mine.xml.j2"),
    ...named("deb_pc.xml"),
    ...named("x86_64.xml.j2"),
    ...named("default.xml.j2"),
  };
  expect(await found({ ...NAMED, ...all })).toBe("mine.xml.j2");
  expect(await found(all)).toBe("deb_pc.xml");
  expect(await found({ ...named("x86_64.xml.j2"), ...named("default.xml.j2") })).toBe("x86_64.xml.j2");
  expect(await found(named("default.xml.j2"))).toBe("default.xml.j2");
  expect(await found({})).toBeUndefined();
});

test("config.list names one", async () => {
  const inventory = SMALL["inventory.yaml"]?.replace("target: pc", "target: pc, template: mine") ?? "";
  expect(await found({ "inventory.yaml": inventory, ...named("mine.xml") })).toBe("mine.xml");
});

test("one that is named must be there", async () => {
  const message = await found({ ...NAMED, ...named("mime.xml.j2"), ...named("default.xml.j2") });
  expect(message).toMatch(
    /platforms\/deb\.yaml:1:\d+: there is no domain template 'mine'.*did you mean 'mime'/,
  );
  expect(message).toContain("looked for mine.xml.j2 and mine.xml in ");
});

test("a name is no path", async () => {
  const files = { ...platform("metadata: { template: ../templates/mine }"), ...named("mine.xml") };
  expect(await found(files)).toContain("there is no domain template '../templates/mine'");
});

test("a network's: net.template, then the network's name, then default", async () => {
  const network = async (files: Readonly<Record<string, string>>) => {
    const vm = first(await load(files));
    const definition = vm.define(answered(), "qemu");
    try {
      return vm.networkTemplate(definition)?.text;
    } catch (error) {
      return describeError(asFarmError(error));
    }
  };
  const all = {
    ...named("networks/mine.xml.j2"),
    ...named("networks/lab.xml"),
    ...named("networks/default.xml"),
  };
  const lab = platform("net: { type: network, source: lab }");
  expect(await network({ ...platform("net: { type: network, source: lab, template: mine }"), ...all })).toBe(
    "networks/mine.xml.j2",
  );
  expect(await network({ ...lab, ...all })).toBe("networks/lab.xml");
  expect(await network({ ...platform("net: { type: network }"), ...all })).toBe("networks/default.xml");
  expect(await network({ ...lab, ...named("lab.xml"), ...named("default.xml") })).toBeUndefined();
  expect(await network({ ...platform("net: { type: user }"), ...all })).toBeUndefined();
  expect(await network({ ...platform("net: { type: network, template: mime }"), ...all })).toMatch(
    /platforms\/deb\.yaml:1:\d+: there is no network template 'mime'.*did you mean 'mine'/,
  );
});
