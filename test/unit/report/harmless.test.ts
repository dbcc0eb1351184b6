import fc from "fast-check";
import { expect, test } from "vitest";
import { harmless } from "../../../src/report/harmless.js";

test.each([
  ["\u001b[31mred\u001b[0m", "red"],
  ["\u001b]0;title\u0007text", "text"],
  ["\u001b]8;;http://x\u001b\\link", "link"],
  ["\u001bP1$r\u001b\\after", "after"],
  ["50%\r100%\r\n", "50%\n100%\n"],
  ["a\u0000b\u0008c", "a\\x00b\\x08c"],
  ["tab\tline\n", "tab\tline\n"],
  ["\u202egnp.exe", "\\u202egnp.exe"],
  ["\u009b2J!", "!"],
  ["\u001b", "\\x1b"],
])("%j", (text, shown) => expect(harmless(text)).toBe(shown));

test("no control character but tab and line feed comes through", () => {
  const controls = fc.constantFrom(
    "\u001b",
    "[",
    "]",
    "P",
    "\u0007",
    "\r",
    "\u009b",
    "m",
    "\\",
    "\u0000",
    "x",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(controls, fc.string()), { maxLength: 30 }), (parts) => {
      const found = [...harmless(parts.join(""))].filter((char) => {
        const code = char.charCodeAt(0);
        return (code < 0x20 && char !== "\n" && char !== "\t") || (code >= 0x7f && code < 0xa0);
      });
      expect(found).toEqual([]);
    }),
  );
});

test("bytes that are no UTF-8 show as what they are; characters beyond the first plane stay", () => {
  expect(harmless("a\udcff\udc80 😀\ud83d\udcaf")).toBe("a\\xff\\x80 😀💯");
});
