import { expect, test } from "vitest";
import { goesOn } from "../../../src/restore/choices.js";

test.each([
  [true, "live", true],
  [true, "cold", false],
  [false, "live", false],
  [false, "cold", false],
] as const)("a point with memory (%s), where restores are %s: goes on %s", (live, mode, expected) => {
  expect(goesOn({ live }, mode)).toBe(expected);
});
