import { describe, expect, it } from "vitest";
import { ModuleFailure } from "../../../../src/tasks/module/failure.js";
import { patternOf, templateOf } from "../../../../src/tasks/text-edit/python-pattern.js";

describe("patternOf", () => {
  it.each([
    ["a.b", "", "a\rb", true],
    ["a.b", "", "a\nb", false],
    ["a.b", "s", "a\nb", true],
    ["[.]\\.", "", "..", true],
    ["[.]\\.", "", "a.", false],
    ["[]^.]$", "m", "]\r", false],
    ["^b", "m", "a\rb", false],
    ["^b", "m", "a\nb", true],
    ["b$", "m", "b\r\n", false],
    ["b$", "", "b\n", true],
    ["(?i)B$", "", "b", true],
  ])("%s with flags '%s' in %j: %s", (pattern, flags, text, matches) => {
    expect(patternOf(pattern, flags).test(text)).toBe(matches);
  });

  it("names a pattern that is none", () => {
    expect(() => patternOf("a(")).toThrow(
      new ModuleFailure("'a(' is no regular expression: Unterminated group"),
    );
  });
});

describe("templateOf", () => {
  const match = patternOf("(?P<first>a)(x)?(b)").exec("-ab-");

  it.each([
    ["plain $& $1", "plain $& $1"],
    ["\\1\\3", "ab"],
    ["\\g<0>\\g<1>0", "aba0"],
    ["\\g<first>", "a"],
    ["[\\2]", "[]"],
    ["\\t\\n\\r\\\\1", "\t\n\r\\1"],
    ["\\.\\-\\é", "\\.\\-\\é"],
    ["\\0\\07\\101", "\0\x07A"],
  ])("%j", (template, text) => {
    expect(match && templateOf(template)(match)).toBe(text);
  });

  it.each([["\\q"], ["a\\"]])("refuses %j, as Python", (template) => {
    expect(() => templateOf(template)).toThrow("has a bad escape");
  });

  it.each([["\\9"], ["\\g<none>"]])("refuses %j, of no group", (template) => {
    expect(() => match && templateOf(template)(match)).toThrow("which the pattern has not");
  });
});
