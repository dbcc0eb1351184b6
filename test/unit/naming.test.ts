import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { instanceOf, projectDirectoryName, runId, vmDirectoryName } from "../../src/naming.js";

const nasty = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom("a", "/", ".", "-", " ", "'", '"', ";", "$(id)", "\n", "\0", "é", "\ud800"),
  }),
  fc.constantFrom(
    "",
    ".",
    "..",
    "...",
    "-rf",
    "~",
    "$(touch x)",
    "`id`",
    "a".repeat(500),
    "名前".repeat(200),
  ),
);

describe("vmDirectoryName", () => {
  test.each([
    ["p", "VM debian_12_amd64", /^VM-debian_12_amd64-[0-9a-f]{12}$/],
    ["p", "..", /^[0-9a-f]{12}$/],
    ["p", "", /^[0-9a-f]{12}$/],
    ["p", "../../etc/passwd", /^etc-passwd-[0-9a-f]{12}$/],
    ["p", "-rf $(id)", /^rf-id-[0-9a-f]{12}$/],
  ])("%j %j", (project, vm, expected) => {
    expect(vmDirectoryName(project, vm)).toMatch(expected);
  });

  test("is always a safe file name", () => {
    fc.assert(
      fc.property(nasty, nasty, (project, vm) => {
        const name = vmDirectoryName(project, vm);
        expect(name).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(100);
      }),
    );
  });

  test("differs when either name differs", () => {
    fc.assert(
      fc.property(nasty, nasty, nasty, nasty, (project, vm, otherProject, otherVm) => {
        const same = project === otherProject && vm === otherVm;
        expect(vmDirectoryName(project, vm) === vmDirectoryName(otherProject, otherVm)).toBe(same);
      }),
    );
    expect(vmDirectoryName("p", "vm", "b")).toBe(`${vmDirectoryName("p", "vm")}+b`);
    expect(instanceOf(`/pool/farm/vms/${vmDirectoryName("p", "a+b", "b-1")}`)).toBe("b-1");
    expect(instanceOf(vmDirectoryName("p", "a+b"))).toBeUndefined();
    expect(vmDirectoryName("a", "bc")).not.toBe(vmDirectoryName("ab", "c"));
    expect(vmDirectoryName("p", "a b")).not.toBe(vmDirectoryName("p", "a-b"));
    expect(projectDirectoryName("a b")).not.toBe(projectDirectoryName("a-b"));
  });

  describe("on a real file system and through a real sh", () => {
    let directory = "";
    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), "farm-naming-"));
    });
    afterAll(() => rmSync(directory, { recursive: true }));

    test("makes exactly one directory of that name, and sh takes it literally unquoted", () => {
      fc.assert(
        fc.property(nasty, nasty, (project, vm) => {
          const name = vmDirectoryName(project, vm);
          mkdirSync(join(directory, name), { recursive: true });
          expect(statSync(join(directory, name)).isDirectory()).toBe(true);
          expect(execFileSync("sh", ["-c", `printf %s ${name}`], { encoding: "utf8" })).toBe(name);
        }),
        { numRuns: 40 },
      );
      expect(readdirSync(directory).every((entry) => entry.length > 0)).toBe(true);
    });
  });
});

describe("runId", () => {
  test("is the time in UTC and four random digits", () => {
    expect(runId(Date.UTC(2026, 10, 23, 16, 45, 1), () => 0xa1b2 / 0x10000)).toBe("20261123-164501-a1b2");
    expect(runId(0, () => 0)).toBe("19700101-000000-0000");
  });

  test("sorts by time", () => {
    const time = fc.integer({ min: 0, max: Date.UTC(2999, 0) });
    fc.assert(
      fc.property(time, time, (a, b) => {
        const [early, late] = a < b ? [a, b] : [b, a];
        expect(runId(early, () => 0) <= runId(late, () => 0)).toBe(true);
      }),
    );
  });
});
