import { describe, expect, it } from "vitest";
import { domainXml } from "../../../../src/libvirt/domain/domain-xml.js";
import { describeDomain, parseOwnership } from "../../../../src/libvirt/domain/ownership.js";
import { domainInput, UUID } from "../domain-input.js";

describe("ownership", () => {
  it("comes back from the domain's XML as it was", () => {
    const ownership = {
      project: "a <&> b",
      vm: ` $(id) '"`,
      run: "r",
      directory: "/p q",
      created: "2026-01-01T00:00:00Z",
    };
    const xml = domainXml(domainInput({ name: "x y" }, { ownership }));
    expect(parseOwnership(xml)).toEqual(ownership);
    expect(describeDomain(xml)).toEqual({ name: "x y", uuid: UUID, active: false, ownership });
  });

  it("tells a running domain by its id", () => {
    expect(describeDomain("<domain id='3'><name>x</name></domain>").active).toBe(true);
  });

  it.each([
    "<domain/>",
    "<domain><metadata/></domain>",
    "<domain><metadata><farm:domain xmlns:farm='urn:other:1'><farm:project>p</farm:project></farm:domain></metadata></domain>",
    "<domain><metadata><farm:domain xmlns:farm='urn:farm:domain:1'><farm:project>p</farm:project></farm:domain></metadata></domain>",
    "<domain><description>urn:farm:domain:1</description></domain>",
  ])("finds none in %s", (xml) => {
    expect(parseOwnership(xml)).toBeUndefined();
  });
});
