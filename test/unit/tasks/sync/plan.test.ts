import { describe, expect, it } from "vitest";
import type { SyncOptions } from "../../../../src/tasks/sync/options.js";
import { planSync } from "../../../../src/tasks/sync/plan.js";
import type { TreeEntry } from "../../../../src/tasks/sync/tree.js";

const OPTIONS: SyncOptions = {
  recursive: true,
  links: true,
  copyLinks: false,
  perms: true,
  times: true,
  owner: true,
  group: true,
  checksum: false,
  existingOnly: false,
  ignoreExisting: false,
  update: false,
  delete: false,
  rules: [],
};
const file = (name: string, more: Partial<TreeEntry> = {}): TreeEntry => ({
  name,
  type: "file",
  mode: 0o644,
  uid: 1,
  gid: 2,
  owner: "a",
  group: "b",
  size: 3,
  mtime: 4,
  ...more,
});
const plan = (source: TreeEntry[], target: TreeEntry[], options: Partial<SyncOptions> = {}, asRoot = true) =>
  planSync(source, target, { ...OPTIONS, ...options }, { asRoot, sign: "<" });

describe("planSync", () => {
  it.each<[string, Partial<TreeEntry>, Partial<SyncOptions>, string]>([
    ["nothing", {}, {}, "nothing"],
    ["another size", { size: 5 }, {}, "send"],
    ["another time", { mtime: 5 }, {}, "send"],
    ["another time that is not kept", { mtime: 5 }, { times: false }, "nothing"],
    ["another time, the same content", { mtime: 5, checksum: "x" }, { checksum: true }, "set"],
    ["another content", { checksum: "y" }, { checksum: true }, "send"],
    ["a newer file", { mtime: 5, size: 9 }, { update: true }, "nothing"],
    ["an older file", { mtime: 3 }, { update: true }, "send"],
    ["any file", { size: 9, mode: 0o600 }, { ignoreExisting: true }, "nothing"],
    ["another mode", { mode: 0o600 }, {}, "set"],
    ["another mode that is not kept", { mode: 0o600 }, { perms: false }, "nothing"],
    ["another owner", { uid: 9 }, {}, "set"],
    ["another name of the same number", { owner: "z" }, {}, "nothing"],
    ["another group that is not kept", { gid: 9 }, { group: false }, "nothing"],
    ["the owner by name", { owner: "joe", uid: 9 }, { owner: "joe" }, "nothing"],
    ["another owner than the one named", {}, { owner: "joe" }, "set"],
  ])("%s at the target", (_what, found, options, expected) => {
    const { send, set } = plan([file("f", { checksum: "x" })], [file("f", found)], options);
    expect(send.length > 0 ? "send" : set.length > 0 ? "set" : "nothing").toBe(expected);
  });

  it("sets no owner but as root", () => {
    expect(plan([file("f")], [file("f", { uid: 9 })], {}, false).told).toEqual([]);
  });

  it("makes only what is there when it is told so", () => {
    expect(plan([file("f"), file("g")], [file("g", { size: 9 })], { existingOnly: true }).told).toEqual([
      "<f.s....... g",
    ]);
  });

  it("leaves directories alone without recursion, and links when they are not wanted", () => {
    const source = [
      file("d", { type: "directory" }),
      file("d/f"),
      file("l", { type: "link", target: "x" }),
      file("f"),
    ];
    expect(plan(source, [], { recursive: false, links: false }).told).toEqual(["<f+++++++++ f"]);
  });

  it("puts another kind of thing in place of a file, but not of a directory", () => {
    const link = file("x", { type: "link", target: "y" });
    expect(plan([link], [file("x")]).remove).toEqual(["x"]);
    expect(plan([link], [file("x", { type: "directory" })])).toMatchObject({ remove: [], inTheWay: ["x"] });
    expect(plan([link], [file("x", { type: "directory" })], { delete: true }).remove).toEqual(["x"]);
  });

  it("deletes the outermost, and keeps what is left out with the directories above it", () => {
    const target = [
      file("a", { type: "directory" }),
      file("a/b", { type: "directory" }),
      file("a/b/x.o"),
      file("a/c", { type: "directory" }),
      file("a/c/d"),
    ];
    const rules = [{ include: false, pattern: "*.o" }];
    expect(plan([], target, { delete: true, rules }).remove).toEqual(["a/c"]);
    expect(plan([], target, { delete: true }).remove).toEqual(["a"]);
    expect(plan([], target).remove).toEqual([]);
  });
});
