import { describe, expect, it } from "vitest";
import { withEntry, withoutEntry } from "../../../../src/tasks/system/fstab.js";

const ENTRY = { src: "/dev/vdb", path: "/a", fstype: "ext4", opts: "defaults", dump: "0", passno: "0" };
const LINE = "/dev/vdb /a ext4 defaults 0 0\n";

describe("an entry of fstab", () => {
  it.each([
    ["is new", "", LINE],
    ["is new below a line without an end", "# x", `# x\n${LINE}`],
    ["is there", LINE, LINE],
    ["is there without an end", LINE.trimEnd(), LINE.trimEnd()],
    [
      "is there in four fields and with a comment",
      "/dev/vdb\t/a  ext4 defaults # x\n",
      "/dev/vdb\t/a  ext4 defaults # x\n",
    ],
    ["has other options", "/dev/vdb /a ext4 ro 0 2\n# x\n", `${LINE}# x\n`],
    ["is a comment", `#${LINE}`, `#${LINE}${LINE}`],
    ["is no entry with three fields", "/dev/vdb /a ext4\n", `/dev/vdb /a ext4\n${LINE}`],
    ["stands twice", `${LINE}/dev/vdc /a ext4 ro 0 0\n`, `${LINE}${LINE}`],
  ])("%s", (_what, before, after) => {
    expect(withEntry(before, ENTRY).text).toBe(after);
    expect(withEntry(after, ENTRY).text).toBe(after);
  });

  it("escapes what separates fields", () => {
    const entry = { ...ENTRY, src: "//x/a b", path: "/a\\b\tc", opts: "user=a&b" };
    const { text } = withEntry("", entry);
    expect(text).toBe("//x/a\\040b /a\\134b\\011c ext4 user=a\\046b 0 0\n");
    expect(withEntry(text, entry).text).toBe(text);
    expect(withoutEntry(text, "/a\\b\tc", undefined)).toBe("");
  });

  it("tells the source that it had", () => {
    expect(withEntry("/dev/vdc /a ext4 defaults 0 0\n", ENTRY).formerSrc).toBe("/dev/vdc");
    expect(withEntry(LINE, { ...ENTRY, opts: "ro" }).formerSrc).toBeUndefined();
  });

  it("of swap is known by its source", () => {
    const swap = { ...ENTRY, path: "none", fstype: "swap", opts: "sw" };
    const other = "/dev/vdc none swap sw 0 0\n";
    expect(withEntry(other, swap).text).toBe(`${other}/dev/vdb none swap sw 0 0\n`);
    expect(withoutEntry(`${other}/dev/vdb none swap sw 0 0\n`, "none", "/dev/vdb")).toBe(other);
  });
});

it.each([
  [`# /a\n${LINE}x`, "# /a\nx"],
  ["/dev/vdb /a ext4 ro\n/dev/vdb /ab ext4 ro\n", "/dev/vdb /ab ext4 ro\n"],
  ["", ""],
])("without /a, %j is %j", (before, after) => expect(withoutEntry(before, "/a", undefined)).toBe(after));
