import { expect, test } from "vitest";
import { ModuleFailure } from "../../../../src/tasks/module/failure.js";
import { grepPattern } from "../../../../src/tasks/remote/grep-pattern.js";

test.each([
  ["plain text", "plain text"],
  ["a.b*c+d?", "a.b*c+d?"],
  ["^port=\\d{2,4}$", "^port=[0-9]{2,4}$"],
  ["\\w+\\s*=\\S", "[[:alnum:]_]+[[:space:]]*=[^[:space:]]"],
  ["1\\.2\\/3\\-4", "1\\.2/3-4"],
  ["(?:a|b)(c)", "(a|b)(c)"],
  ["a\\tb", "a\tb"],
  ["[\\w.-]+@", "[[:alnum:]_.-]+@"],
  ["[\\]a]", "[]a]"],
  ["[]a]", "[]a]"],
  ["[^\\]]", "[^]]"],
  ["[a\\-z]", "[az-]"],
  ["[\\^a-c]", "[a-c^]"],
  ["[\\^]", "\\^"],
  ["[[:alpha:]_]", "[[:alpha:]_]"],
  ["[\\\\]", "[\\]"],
])("%s is %s to grep", (python, source) => {
  expect(grepPattern(python)).toEqual({ source, ignoreCase: false });
});

test("a flag for all of it", () => {
  expect(grepPattern("(?i)error")).toEqual({ source: "error", ignoreCase: true });
});

test.each(["a(?=b)", "(?P<name>x)", "(a)\\1", "a*?", "a+?b", "x{2,}?", "\\bword", "[\\D]", "a\\n"])(
  "%s is refused: grep would take it for something else",
  (python) => {
    expect(() => grepPattern(python)).toThrow(ModuleFailure);
  },
);
