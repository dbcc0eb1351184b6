import { describe, expect, it } from "vitest";
import { type SyncOptions, withRsyncOptions } from "../../../../src/tasks/sync/options.js";

const NONE = { rules: [], owner: true, perms: true } as unknown as SyncOptions;

describe("withRsyncOptions", () => {
  it("reads filters in their order, in both forms", () => {
    expect(withRsyncOptions(NONE, ["--include=a b", "--exclude", "*", "-v"]).rules).toEqual([
      { include: true, pattern: "a b" },
      { include: false, pattern: "*" },
    ]);
  });

  it("reads who shall own what, and switches", () => {
    expect(withRsyncOptions(NONE, ["--chown=joe:", "--no-perms", "--delete-after"])).toMatchObject({
      owner: "joe",
      perms: false,
    });
    expect(withRsyncOptions(NONE, ["--chown=:staff"])).toMatchObject({ owner: true, group: "staff" });
  });

  it.each(["--link-dest=/a", "--rsh=sh -c x", "-e", "constructor", "--remove-source-files"])(
    "refuses %s",
    (opt) => {
      expect(() => withRsyncOptions(NONE, [opt])).toThrow(/is not known/);
    },
  );
});
