import { describe, expect, it } from "vitest";
import { parseRemoteTree } from "../../../../src/tasks/sync/remote-tree.js";

const entry = (name: string, raw = "81a4") => `entry ${raw} 644 0 0 UNKNOWN root 3 1600000000 ./${name}`;
const SUM = "0123456789".repeat(4);

describe("parseRemoteTree", () => {
  it("reads names with line breaks, links and checksums", () => {
    const told = [
      "begin",
      "as root",
      "root directory",
      entry("a\nb"),
      entry("l", "a1ff"),
      entry("c\\d"),
      entry("p", "11a4"),
    ];
    const sums = [`${SUM}  ./e`, `\\${SUM}  ./a\\nb`, `\\${SUM}  ./c\\\\d`];
    const tree = parseRemoteTree(`${[...told, ...sums, "links"].join("\n")}\n./l\0to\nthere\0`);
    expect(tree).toMatchObject({ root: "directory", asRoot: true });
    expect(tree.entries.map(({ name, type, target, checksum }) => [name, type, target, checksum])).toEqual([
      ["a\nb", "file", undefined, SUM],
      ["l", "link", "to\nthere", undefined],
      ["c\\d", "file", undefined, SUM],
    ]);
    expect(tree.entries[0]?.owner).toBe("0");
  });

  it("takes no harm from nonsense", () => {
    expect(parseRemoteTree("begin\nentry\nentry zz 9 x\n\0links\n\nlinks\n\0\0")).toEqual({
      root: "none",
      entries: [],
      asRoot: false,
    });
  });
});
