import fc from "fast-check";
import { expect, test } from "vitest";
import { Secrets } from "../../../src/report/mask.js";
import { secretForms } from "../../../src/report/secret-forms.js";

test.each([
  ["a plain word has none but base64", "hunter2", ["aHVudGVyM", "h1bnRlcj", "odW50ZXIy"]],
  ["a short one is not looked for in base64", "hunte", []],
  [
    "blanks, slashes and what addresses cannot hold",
    "a b/ü",
    ["a+b%2F%C3%BC", "a%20b%2F%C3%BC", "a%20b/%C3%BC"],
  ],
  ["quotes, in JSON and in a shell's word", `a"b'c`, ["a%22b%27c", `a\\"b'c`, `a"b'\\''c`]],
])("%s", (_, secret, forms) => {
  const found = secretForms(secret);
  for (const form of forms) expect(found).toContain(form);
  if (forms.length === 0) expect(found).toEqual([]);
});

test("in base64, whatever stands before and behind it", () => {
  const text = fc.string({ unit: "grapheme" });
  const secret = fc.string({ unit: "grapheme", minLength: 6, maxLength: 40 });
  fc.assert(
    fc.property(text, secret, text, (before, secret, behind) => {
      const secrets = new Secrets();
      secrets.add(secret);
      for (const form of ["base64", "base64url"] as const)
        expect(secrets.mask(Buffer.from(before + secret + behind).toString(form))).toContain("********");
    }),
  );
});

test("half of a pair of code units is no error", () => {
  expect(() => secretForms("\ud800 hunter2")).not.toThrow();
});
