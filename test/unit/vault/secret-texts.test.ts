import { expect, test } from "vitest";
import { secretPieces, secretTexts } from "../../../src/vault/secret-texts.js";

test.each([
  ["hunter2", ["hunter2"]],
  ["hunter2\n", ["hunter2"]],
  ["", []],
  [" \n", []],
])("%j is seen as %j", (secret, forms) => {
  expect(secretTexts(secret)).toEqual(forms);
});

test("of several lines each one is a secret, but for words that stand in any text", () => {
  expect(secretTexts("first-line\nfi\nsecond-line\n")).toEqual([
    "first-line\nfi\nsecond-line",
    "first-line",
    "second-line",
  ]);
});

test("of an expression what stands around its marks is one too", () => {
  const pieces = secretPieces("say-this {{ name }}{% if x %}hidden{% endif %}{# c #}");
  expect(pieces).toContain("say-this");
  expect(pieces).toContain("hidden");
  expect(pieces).not.toContain("name");
});
