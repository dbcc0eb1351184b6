import { expect, test } from "vitest";
import type { Outcome } from "../../../src/events.js";
import { exitCodeOf } from "../../../src/provision/run-farm.js";

const passed: Outcome = { vm: "a", kind: "passed" };
const failed: Outcome = { vm: "b", kind: "failed", phase: "main", task: "t", message: "m" };
const broken: Outcome = { vm: "c", kind: "broken", message: "m" };

test.each([
  [[passed], false, 0],
  [[], false, 0],
  [[passed, failed], false, 1],
  [[passed, broken], false, 3],
  [[failed, broken, passed], false, 4],
  [[passed, failed], true, 130],
])("%j, interrupted %s: %i", (outcomes, interrupted, code) =>
  expect(exitCodeOf(outcomes, interrupted)).toBe(code),
);
