import { describe, expect, it } from "vitest";
import { contextChange, flagsChange, parseFlags } from "../../../../src/tasks/remote/file-flags.js";

describe("chattr's flags", () => {
  it.each([
    ["e", "+d", "+d"],
    ["de", "+d", undefined],
    ["de", "-d", "-d"],
    ["e", "-d", undefined],
    ["de", "d", undefined],
    ["de", "de", undefined],
    ["d", "de", "=de"],
    ["ae", "=d", "=d"],
    ["", "+i", "+i"],
    [undefined, "+i", "+i"],
    ["ie", "+ia", "+ia"],
  ])("of %s with %s: %s", (found, wanted, change) => {
    expect(flagsChange(found, wanted)).toBe(change);
  });
});

describe("what file-flags tells", () => {
  it("is flags, the context and the policy's", () => {
    expect(
      parseFlags("there\n-------A------e-------\n\nuser_u:object_r:x_t:s0\nsystem_u:object_r:y_t:s0\n"),
    ).toEqual({
      flags: "Ae",
      context: "user_u:object_r:x_t:s0",
      usual: "system_u:object_r:y_t:s0",
    });
    expect(parseFlags("there\n\n")).toEqual({ flags: undefined, context: undefined, usual: "" });
    expect(parseFlags("")).toBeUndefined();
  });
});

describe("a SELinux context", () => {
  const found = { flags: "", context: "user_u:object_r:x_t:s0:c1,c2", usual: "system_u:object_r:y_t:s0" };

  it("changes by what is not as wanted", () => {
    expect(contextChange(found, { setype: "x_t", seuser: "user_u", selevel: "s0:c1,c2" })).toEqual([]);
    expect(contextChange(found, { setype: "z_t", selevel: "s0" })).toEqual(["-t", "z_t", "-l", "s0"]);
    expect(contextChange(found, { setype: "_default", seuser: "_default" })).toEqual([
      "-u",
      "system_u",
      "-t",
      "y_t",
    ]);
  });

  it("is nothing where SELinux is off, and no guess where the policy is not told", () => {
    expect(contextChange({ ...found, context: undefined }, { setype: "z_t" })).toEqual([]);
    expect(() => contextChange({ ...found, usual: "" }, { setype: "_default" })).toThrow(/setype/);
  });
});
