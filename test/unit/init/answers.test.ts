import { expect, test } from "vitest";
import { checkName, listOf, parseHypervisor } from "../../../src/init/answers.js";

test.each([
  ["localhost", { kind: "local" }],
  ["tower.lan", { kind: "ssh", host: "tower.lan" }],
  ["me@tower.lan:2222", { kind: "ssh", user: "me", host: "tower.lan", port: 2222 }],
  ["me@[fd00::1]:22", { kind: "ssh", user: "me", host: "fd00::1", port: 22 }],
])("hypervisor %s", (text, expected) => expect(parseHypervisor(text)).toEqual(expected));

test.each(["", "a b", "-oProxyCommand=x", "me@", "host:0", "host:70000", "a;b", "x: { y: z }"])(
  "no hypervisor: %j",
  (text) => expect(() => parseHypervisor(text)).toThrow(/is no hypervisor/),
);

test.each(["debian_12", "Arch-Linux", "a.b"])("a name: %s", (name) => {
  expect(checkName("platform", name)).toBe(name);
});
test.each(["", "../x", "a/b", "-x", "a b", ".hidden"])("no name: %j", (name) => {
  expect(() => checkName("platform", name)).toThrow(/cannot be a platform/);
});

test("lists by commas and spaces", () => expect(listOf(" a,b  c, ")).toEqual(["a", "b", "c"]));
