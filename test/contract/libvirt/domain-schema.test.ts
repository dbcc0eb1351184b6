import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { domainXml } from "../../../src/libvirt/domain-xml.js";
import { domainInput } from "../../unit/libvirt/domain-input.js";

/** Asks libvirt's own validator. @throws when it says no */
function validate(xml: string): void {
  const directory = mkdtempSync(join(tmpdir(), "farm-schema-"));
  try {
    const file = join(directory, "domain.xml");
    writeFileSync(file, xml);
    execFileSync("virt-xml-validate", [file, "domain"], { stdio: "pipe" });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test.each([{ arch: "riscv64" }, { arch: "s390x" }, { arch: "riscv64", net: { type: "vde" } }])(
  "the XML of %j fits libvirt's schema, whether its emulator is there or not",
  (parts) => {
    const xml = domainXml(domainInput(parts, { vdeSwitch: "/pool/switch" }));
    expect(() => validate(xml)).not.toThrow();
    expect(() => validate(xml.replace("<vcpu>", "<vcpus>").replace("</vcpu>", "</vcpus>"))).toThrow();
  },
);
