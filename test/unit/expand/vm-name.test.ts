import { expect, test } from "vitest";
import { hostnameOf } from "../../../src/expand/defaults.js";
import { answered, complaint, first, load } from "../load/project-files.js";

const vmOf = async (files: Readonly<Record<string, string>>) => first(await load(files));
const named = (name: string) => ({
  "platforms/deb.yaml": `vars: { prefix: VM }\nvm: { metadata: { name: ${name} } }\n`,
});

test.each([
  [`"{{ prefix }} {{ vm.metadata.platform_name }}_{{ vm.metadata.target_name }}"`, "VM deb_pc", "vm-deb-pc"],
  [`"it's; $(reboot) \\"x\\" & co"`, `it's; $(reboot) "x" & co`, "it-s-reboot-x-co"],
  ["7", "7", "7"],
])("%s", async (written, name, hostname) => {
  const vm = await vmOf(named(written));
  expect([vm.name, vm.define(answered(), "qemu").metadata]).toMatchObject([name, { name, hostname }]);
});

test.each([
  ["a/b", "it holds a '/'"],
  [`"a\\nb"`, "it holds a control character"],
  [`" "`, "it is empty"],
  [
    `"{{ ansible_architecture }}"`,
    "metadata.name uses 'ansible_architecture', which is known only once the VM has a place",
  ],
  [`"{{ indirect }}"`, "undefined variable 'indirect'"],
  ["[a]", "metadata.name must be a text, got a list"],
])("%s is refused", async (written, message) => {
  const said = await complaint(named(written));
  expect(said).toContain(message);
  expect(said).toMatch(/^platforms\/deb\.yaml:2:\d+: /);
});

test("variables of the VM's own name are its own", async () => {
  const vm = await vmOf({ ...named("box"), "host_vars/box.yml": "x: 1\n" });
  expect([vm.name, vm.scope.get("x")]).toEqual(["box", 1]);
});

test.each([
  ["Debian 12_ARM", "debian-12-arm"],
  ["Ünïcode", "unicode"],
  ["--", "vm"],
  ["x".repeat(80), "x".repeat(63)],
])("the host name of %s", (name, hostname) => {
  expect(hostnameOf(name)).toBe(hostname);
});
