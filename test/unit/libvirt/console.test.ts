import { expect, test } from "vitest";
import { checkConsole, consoleArgv } from "../../../src/libvirt/console.js";
import { domainXml } from "../../../src/libvirt/domain/domain-xml.js";
import { domainInput, UUID } from "./domain-input.js";

const domain = (devices: string) => `<domain type="qemu"><devices>${devices}</devices></domain>`;

test("farm's own domains have a console to type at", () => {
  expect(() => checkConsole("one", domainXml(domainInput()))).not.toThrow();
});

test.each([
  ["", "'one' has no serial console"],
  [
    `<serial type="file"/><console type="file"/>`,
    "the console of 'one' is of type 'file': nobody can type at it",
  ],
  [`<serial type="unix"/>`, "the console of 'one' is of type 'unix': nobody can type at it"],
])("of a domain with %j it says why nobody can", (devices, message) => {
  expect(() => checkConsole("one", domain(devices))).toThrow(message);
});

test("the domain is an argument, never part of the script", () => {
  const [sh, c, script, ...args] = consoleArgv("qemu:///session", UUID);
  expect([sh, c, args]).toEqual(["sh", "-c", ["farm-console", "qemu:///session", UUID]]);
  expect(script).not.toContain(UUID);
});
