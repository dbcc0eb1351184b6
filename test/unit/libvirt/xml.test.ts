import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { at, parseXml, renderXml } from "../../../src/libvirt/xml.js";

const legal = fc
  .string({ unit: "grapheme" })
  .filter((text) => !/\p{Cc}|\p{Surrogate}|[\ufffe\uffff]/u.test(text))
  // White space alone between tags is layout.
  .filter((text) => text === "" || text.trim() !== "");

describe("renderXml", () => {
  it("brings back every string, entities and markup in it included", () => {
    fc.assert(
      fc.property(fc.oneof(legal, fc.constantFrom("&lt;", "&amp;amp;", "]]>", "a&b;c", "&#x41;")), (text) => {
        const root = parseXml(renderXml({ a: { "@k": text, b: text, c: { "@k": text, "#": text } } }), "it");
        const c = at(root, "c");
        expect([root.attributes.get("k"), at(root, "b")?.text, c?.attributes.get("k"), c?.text]).toEqual(
          Array(4).fill(text),
        );
      }),
    );
  });

  it("repeats arrays and leaves out what is undefined", () => {
    expect(renderXml({ a: { b: [{ "@n": 1 }, { "@n": 2 }], c: undefined, "@d": undefined } })).toBe(
      '<a>\n  <b n="1"/>\n  <b n="2"/>\n</a>',
    );
  });

  it.each(["\n", "\t", "\0", "\u001b", "\ud800", "\uffff"])("refuses %j", (text) => {
    expect(() => renderXml({ a: `x${text}y` })).toThrow(/control character/);
  });
});

describe("parseXml", () => {
  it("does not expand entities of a document type", () => {
    const text = "<!DOCTYPE a [<!ENTITY x 'expanded'>]><a>&x;</a>";
    expect(parseXml(text, "it").text).not.toContain("expanded");
  });
});
