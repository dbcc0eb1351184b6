import { relative, sep } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { localPath, vmDirectoryOf } from "../../../src/artifacts/local-path.js";

const isInside = (path: string) => {
  const parts = relative("/out", path).split(sep);
  return parts[0] !== "" && !parts.includes("..");
};

test("whatever a guest says, it is below the directory, and fit for every CI's upload", () => {
  const names = fc.oneof(
    fc.string({ unit: "binary" }),
    fc
      .array(fc.constantFrom("..", ".", "/", "a", "\\", "\u0000", "\n", "..."))
      .map((parts) => parts.join("")),
    fc.array(fc.constantFrom("..", ".", "", "a", "~", "C:")).map((parts) => parts.join("/")),
  );
  fc.assert(
    fc.property(names, (name) => {
      for (const path of [localPath("/out", name), vmDirectoryOf("/out", name, 1)]) {
        expect(isInside(path)).toBe(true);
        expect(path).not.toMatch(/[\p{Cc}\p{Cf}"*:<>?\\|]/u);
        for (const part of path.split("/")) expect(part.length).toBeLessThan(140);
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ["/var/log/a.log", "/out/var/log/a.log"],
  ["./x", "/out/x"],
  ["/a/../../../etc/passwd", "/out/etc/passwd"],
  ["/", "/out/unnamed"],
])("%s becomes %s", (guest, local) => expect(localPath("/out", guest)).toBe(local));

test("names that had to change do not meet", () => {
  expect(localPath("/out", "/a:b")).not.toBe(localPath("/out", "/a?b"));
  expect(localPath("/out", "/a:b")).toMatch(/^\/out\/a_b-[0-9a-f]{8}$/);
});
