import { describe, expect, it } from "vitest";
import { encodeName } from "../../../../src/tasks/sync/encode-name.js";
import { batches } from "../../../../src/tasks/sync/pull.js";
import { isInside, parentsOf, type TreeEntry } from "../../../../src/tasks/sync/tree.js";

const MIB = 1024 * 1024;
const file = (name: string, size: number) => ({ name, size }) as TreeEntry;

describe("batches", () => {
  it("puts small files together and takes large ones apart", () => {
    const parts = batches([file("a", 1), file("b", 2), file("c", 9 * MIB), file("d", 0)]);
    const shown = parts.map((batch) => batch.map(({ entry, from, bytes }) => [entry.name, from, bytes]));
    expect(shown).toEqual([
      [
        ["a", 0, 1],
        ["b", 0, 2],
      ],
      [["c", 0, 4 * MIB]],
      [["c", 64, 4 * MIB]],
      [
        ["c", 128, MIB],
        ["d", 0, 0],
      ],
    ]);
  });

  it("asks for no more than a thousand files at once", () => {
    const parts = batches(Array.from({ length: 2_001 }, (_each, index) => file(String(index), 0)));
    expect(parts.map((batch) => batch.length)).toEqual([1_000, 1_000, 1]);
  });
});

describe("encodeName", () => {
  it.each([
    ["a b", "a b"],
    ["a\nb", "a\\0012b"],
    ["a\\n", "a\\0134n"],
    [" a ", "\\0040a\\0040"],
    ["\ta", "\\0011a"],
  ])("%j", (name, encoded) => expect(encodeName(name)).toBe(encoded));
});

describe("isInside", () => {
  it.each(["", "/a", "../a", "a/..", "a//b", "a/../b", ".."])("%j is not", (name) =>
    expect(isInside(name)).toBe(false),
  );
  it.each(["a", "a/b", "..a", "a../b", ".a"])("%j is", (name) => expect(isInside(name)).toBe(true));
});

describe("parentsOf", () => {
  it("are the directories above, the outermost first", () => {
    expect(parentsOf("a/b/c")).toEqual(["a", "a/b"]);
    expect(parentsOf("a")).toEqual([]);
  });
});
