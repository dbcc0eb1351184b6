import { expect, test } from "vitest";
import { secretForms, secretPieces } from "../../../src/vault/secret-forms.js";

test.each([
  ["hunter2", ["hunter2"]],
  ["hunter2\n", ["hunter2"]],
  ["", []],
  [" \n", []],
  ['a "b"', ['a \\"b\\"', 'a "b"']],
  ["it's", [String.raw`it'\''s`, "it's"]],
])("%j is seen as %j", (secret, forms) => {
  expect(secretForms(secret)).toEqual(forms);
});

test("of several lines each one is a secret, but for words that stand in any text", () => {
  expect(secretForms("first-line\nfi\nsecond-line\n")).toEqual([
    "first-line\\nfi\\nsecond-line",
    "first-line\nfi\nsecond-line",
    "second-line",
    "first-line",
  ]);
});

test("of an expression what stands around its marks is one too", () => {
  const pieces = secretPieces("say-this {{ name }}{% if x %}hidden{% endif %}{# c #}");
  expect(pieces).toContain("say-this");
  expect(pieces).toContain("hidden");
  expect(pieces).not.toContain("name");
});
