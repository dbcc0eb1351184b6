import { describe, expect, it } from "vitest";
import { ignoredLines, parseUnpacked } from "../../../../src/tasks/archives/unpack.js";

const STATUS = "81a4 644 0 0 root root 20 1600000000 1600000000 1600000000 12 34 1";

describe("ignoredLines", () => {
  it("takes for nothing what the task sets itself", () => {
    const pattern = new RegExp(ignoredLines({ mode: "0644", group: "a" }));
    expect(pattern.test("a/b: Mode differs")).toBe(true);
    expect(pattern.test("a/b: Gid differs")).toBe(true);
    expect(pattern.test("a/b: Uid differs")).toBe(false);
    expect(pattern.test("a/b: Contents differ")).toBe(false);
    expect(pattern.test("")).toBe(true);
  });
});

describe("parseUnpacked", () => {
  it("tells what is in the archive from what stands there", () => {
    const told = `kind gz\ndiffers a: Mode differs\nfile a\nfile differs x\nstatus ${STATUS}\nentries\nstatus ${STATUS}\na\nentries\nb\0`;
    const { kind, differences, files, entries, directory } = parseUnpacked(told, "/d");
    expect({ kind, differences, files }).toEqual({
      kind: "gz",
      differences: ["a: Mode differs"],
      files: ["a", "differs x"],
    });
    expect(directory?.path).toBe("/d");
    expect(entries.map(({ path }) => path)).toEqual(["a\nentries\nb"]);
  });

  it("takes no harm from nonsense", () => {
    expect(parseUnpacked("\0\nentries\n\0x\n\0status\n", "/d")).toMatchObject({
      kind: "",
      files: [],
      entries: [],
    });
  });
});
