import { expect, test } from "vitest";
import { splitWords } from "../../../src/tasks/words.js";

test.each([
  ["", []],
  ["  make   -j2 ", ["make", "-j2"]],
  [`echo "a b" 'c "d"' e\\ f`, ["echo", "a b", 'c "d"', "e f"]],
  [`a"b"'c'd`, ["abcd"]],
  [`"\\"x\\" \\n"`, ['"x" \\n']],
  [`'' ""`, ["", ""]],
  ["a\nb\tc", ["a", "b", "c"]],
])("%j", (text, words) => expect(splitWords(text)).toEqual(words));

test.each(["echo 'x", 'echo "x', "echo \\"])("an open quote is refused: %s", (text) =>
  expect(() => splitWords(text)).toThrow(/a quote is not closed/),
);
