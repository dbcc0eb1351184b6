import { expect, test } from "vitest";
import { formatAge, parseAge } from "../../../src/values/age.js";

test.each<[string, number | undefined]>([
  ["90", 90_000],
  ["90s", 90_000],
  ["5m", 300_000],
  ["12h", 43_200_000],
  ["30d", 2_592_000_000],
  ["2W", 1_209_600_000],
  ["", undefined],
  ["1y", undefined],
  ["-1d", undefined],
  ["1.5h", undefined],
])("%s", (text, ms) => {
  expect(parseAge(text)).toBe(ms);
});

test.each([
  [0, "0 min"],
  [59 * 60_000, "59 min"],
  [47 * 3_600_000, "47 h"],
  [49 * 3_600_000, "2 d"],
])("%d ms: %s", (ms, text) => {
  expect(formatAge(ms)).toBe(text);
});
