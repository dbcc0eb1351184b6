import { describe, expect, test } from "vitest";
import { copyJob, placeOf } from "../../../../src/commands/kept/cp.js";

describe("a path", () => {
  test.each([
    ["vm:/etc/passwd", { vm: "vm", path: "/etc/passwd" }],
    ["vm:a:b", { vm: "vm", path: "a:b" }],
    ["vm:", { vm: "vm", path: "." }],
    ["./vm:file", { path: "./vm:file" }],
    ["/tmp/a:b", { path: "/tmp/a:b" }],
    ["file", { path: "file" }],
  ])("%s", (text, place) => expect(placeOf(text)).toEqual(place));
});

describe("a job", () => {
  test("goes to a VM, or comes from one", () => {
    expect(copyJob(["a", "b", "vm:/c"])).toEqual({
      direction: "to",
      vm: "vm",
      sources: ["a", "b"],
      dest: "/c",
    });
    expect(copyJob(["vm:a", "vm:b", "."])).toEqual({
      direction: "from",
      vm: "vm",
      sources: ["a", "b"],
      dest: ".",
    });
  });

  test.each([
    [["a"], /what to copy, then where to/],
    [["a", "b"], /neither side is in a VM/],
    [["vm:a", "other:b"], /both sides are in VMs/],
    [["vm:a", "b", "c"], /comes from one VM, or from here/],
    [["vm:a", "other:b", "c"], /comes from one VM, or from here/],
  ])("%j is none", (paths, message) => expect(() => copyJob(paths)).toThrow(message));
});
