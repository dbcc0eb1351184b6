import { expect, test } from "vitest";
import { didYouMean, nearest } from "../../../src/values/nearest.js";

test.each([
  ["comand", "command"],
  ["nmae", "name"],
  ["NMAE", "name"],
  ["iff", "if"],
  ["fi", "if"],
  ["zzzz", undefined],
  ["emna", undefined],
  ["name", "name"],
])("%s most likely means %s", (written, meant) => {
  expect(nearest(written, ["command", "name", "if"])).toBe(meant);
});

test("nobody is near when nobody is there", () => {
  expect([nearest("name", []), didYouMean("name", [])]).toEqual([undefined, ""]);
});

test("the tail of a message", () => {
  expect(didYouMean("nmae", ["name"])).toBe("; did you mean 'name'?");
});
