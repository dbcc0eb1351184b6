import { describe, expect, test } from "vitest";
import {
  baseName,
  besideMirror,
  displaySource,
  normaliseSource,
  sourceKey,
} from "../../../../src/images/recipe/source-url.js";

describe("normaliseSource", () => {
  test.each([
    ["https://example.org/a.qcow2", "https://example.org/a.qcow2"],
    ["HTTP://Example.org:80/a b.img", "http://example.org/a%20b.img"],
    ["https://example.org/a.img#part", "https://example.org/a.img"],
    ["/srv//a.img", "/srv/a.img"],
    ["~/a.img", "~/a.img"],
    ["file:///srv/a%20b.img", "/srv/a b.img"],
    ["file://localhost/srv/a.img", "/srv/a.img"],
    ["file://~/images/a.img", "~/images/a.img"],
  ])("%s", (source, expected) => expect(normaliseSource(source)).toBe(expected));

  test.each([
    "a.img",
    "",
    "ftp://example.org/a",
    "http://",
    "https://exa mple/",
    "file://host/a",
    "/a\nb",
    "file:///a%2Fb",
    "file:///a%0Ab",
    "javascript:1",
  ])("%j is none", (source) => expect(normaliseSource(source)).toBeUndefined());
});

test.each([
  ["https://example.org/x/a%20b.img?y=/c", "a b.img"],
  ["https://example.org/100%", "100%"],
  ["/srv/a.img", "a.img"],
])("baseName(%s)", (source, name) => expect(baseName(source)).toBe(name));

test("displaySource hides what may be secret", () => {
  expect(displaySource("https://me:pw@example.org/a.img?token=1")).toBe("https://example.org/a.img?...");
  expect(displaySource("/srv/a.img")).toBe("/srv/a.img");
});

test("sourceKey differs by source and is a plain file name", () => {
  expect(sourceKey("/a")).toMatch(/^[0-9a-f]{32}$/);
  expect(sourceKey("/a")).not.toBe(sourceKey("/b"));
});

test.each([
  ["https://a/x/SUMS", "https://a/x/i.img", "https://m/y/i.img", "https://m/y/SUMS"],
  ["https://a/x/i.img.sha256", "https://a/x/i.img", "https://m/y/i.img?k=1", "https://m/y/i.img.sha256"],
  ["https://a/SUMS", "https://a/x/i.img", "https://m/y/i.img", undefined],
  ["/x/SUMS", "https://a/x/i.img", "https://m/y/i.img", undefined],
])("besideMirror(%j, %j, %j)", (file, source, mirror, expected) =>
  expect(besideMirror(file, source, mirror)).toBe(expected),
);
