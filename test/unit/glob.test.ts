import { describe, expect, it } from "vitest";
import { globPattern } from "../../src/glob.js";

describe("globPattern, as Python's fnmatch", () => {
  it.each([
    ["web*", "web1", true],
    ["web*", "a-web", false],
    ["w?b", "web", true],
    ["w?b", "wb", false],
    ["*", ".hidden", true],
    ["node[0-9]", "node7", true],
    ["node[0-9]", "nodex", false],
    ["node[!0-9]", "nodex", true],
    ["node[!0-9]", "node7", false],
    ["[]]", "]", true],
    ["[!]]", "]", false],
    ["a[", "a[", true],
    ["a[^b]", "a^", true],
    ["a[^b]", "ac", false],
    ["[z-a]x", "mx", false],
    ["a.b", "axb", false],
    ["a\\*", "a\\b", true],
    ["a*", "a\nb", true],
    ["a", "a\n", false],
  ])("%j and %j: %s", (glob, name, expected) => {
    expect(globPattern(glob).test(name)).toBe(expected);
  });
});
