import { expect, it } from "vitest";
import { isFrom, mountedAt, parseMounts } from "../../../../src/tasks/system/mounts.js";

const MOUNTS = parseMounts([
  "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw",
  "23 22 0:5 / /mnt/a\\040b rw - tmpfs tmpfs rw",
  "40 22 254:16 / /data rw shared:1 master:2 - xfs /dev/vdb rw",
  "41 22 254:16 /in/side /srv rw - xfs /dev/vdb rw",
  "42 22 254:1 /home /other rw - ext4 /dev/vda1 rw",
  "43 22 0:60 / /net rw - nfs4 server:/x rw",
  "44 40 254:32 / /data rw - ext4 /dev/vdc rw",
  "nonsense",
  "",
]);

it("reads the kernel's lines", () => {
  expect(MOUNTS).toHaveLength(7);
  expect(MOUNTS[1]).toEqual({ device: "0:5", root: "/", path: "/mnt/a b", fstype: "tmpfs", source: "tmpfs" });
});

it("knows the uppermost mount", () => {
  expect(mountedAt(MOUNTS, "/data")?.source).toBe("/dev/vdc");
  expect(mountedAt(MOUNTS, "/dat")).toBeUndefined();
});

it.each([
  ["/data", "/dev/vdc", true],
  ["/data", "/dev/vdb", false],
  ["/net", "server:/x", true],
  ["/srv", "/data/in/side", true],
  ["/srv", "/data/in", false],
  ["/srv", "/dev/vdb", true],
  ["/other", "/home", true],
  ["/other", "/", false],
])("what is at %s is of %s: %s", (path, source, expected) => {
  const mounted = mountedAt(MOUNTS, path);
  expect(mounted && isFrom(MOUNTS, mounted, source)).toBe(expected);
});
