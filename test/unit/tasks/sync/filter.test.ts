import { describe, expect, it } from "vitest";
import { isExcluded } from "../../../../src/tasks/sync/filter.js";

const excluded = (patterns: readonly string[], name: string, type: "file" | "directory" = "file"): boolean =>
  isExcluded(
    patterns.map((pattern) => ({ include: pattern.startsWith("+"), pattern: pattern.replace(/^\+/, "") })),
  )({ name, type });

describe("isExcluded", () => {
  it.each<[string[], string, boolean]>([
    [["*.o"], "a/b.o", true],
    [["*.o"], "a.o/b", true],
    [["*.o"], "a.ob", false],
    [["b"], "a/b", true],
    [["b"], "ab", false],
    [["/b"], "b", true],
    [["/b"], "a/b", false],
    [["a/b"], "x/a/b", true],
    [["a/b"], "xa/b", false],
    [["/a/b"], "x/a/b", false],
    [["b/"], "b/c", true],
    [["b/"], "b", false],
    [["a*c"], "a/c", false],
    [["a**c"], "a/x/c", true],
    [["/a/***"], "a/b/c", true],
    [["?b"], "ab", true],
    [["?b"], "a/b", false],
    [["[a-c]x"], "bx", true],
    [["[!a-c]x"], "bx", false],
    [["a.c"], "abc", false],
    [["a\\*"], "a*", true],
    [["a\\*"], "ab", false],
    [["(a|b)"], "(a|b)", true],
    [["+keep.o", "*.o"], "keep.o", false],
    [["*.o", "+keep.o"], "keep.o", true],
    [["+*/", "+*.c", "*"], "a/b.c", false],
    [["+*/", "+*.c", "*"], "a/b.h", true],
    [[], "a", false],
  ])("%j: %s is left out: %s", (patterns, name, expected) => {
    expect(excluded(patterns, name)).toBe(expected);
  });

  it("takes a pattern with a slash at its end for directories", () => {
    expect(excluded(["b/"], "a/b", "directory")).toBe(true);
  });
});
