import { expect, test } from "vitest";
import { quote, quoteCommand } from "../../../src/transport/quote.js";

test.each([
  ["", "''"],
  ["plain-1.2/x:y@z", "plain-1.2/x:y@z"],
  ["a b", "'a b'"],
  ["it's", "'it'\\''s'"],
  ["a\\b", "'a'\\\\'b'"],
  ["~", "'~'"],
  ["A=b", "'A=b'"],
  ["$(x)\n", "'$(x)\n'"],
])("%j becomes %s", (text, quoted) => {
  expect(quote(text)).toBe(quoted);
});

test("a command line is its words with spaces between", () => {
  expect(quoteCommand(["virsh", "-c", "qemu:///session", "define", "my vm"])).toBe(
    "virsh -c qemu:///session define 'my vm'",
  );
});

test("a NUL is refused, and not shown", () => {
  expect(() => quote("secret\0")).toThrow(/^a NUL character cannot be part of a command$/);
});
