import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { expandedArgv } from "../../../../src/tasks/modules/expand-arguments.js";

const braced = (name: string) => `\${${name}}`;
const VALUE = "a  $(id) `id` 'b\" * \\";

/** What a program gets as its arguments. */
function received(words: readonly string[]): string[] {
  const [program, ...args] = expandedArgv(["printf", "%s\\0", ...words]) ?? ["printf", "%s\\0", ...words];
  const env = { PATH: process.env["PATH"], HOME: "/home/ann", NAME: VALUE };
  return execFileSync(program, args, { env, encoding: "utf8" }).split("\0").slice(0, -1);
}

test.each<[string, string]>([
  ["$NAME", VALUE],
  [`x${braced("NAME")}y`, `x${VALUE}y`],
  ["~", "/home/ann"],
  ["~/a b", "/home/ann/a b"],
  ["a~", "a~"],
  [`$NOT_SET-${braced("NOT_SET")}`, `$NOT_SET-${braced("NOT_SET")}`],
  [`$$ $1 ${braced("x-y")} $`, `$$ $1 ${braced("x-y")} $`],
  ["$(echo $HOME)", "$(echo /home/ann)"],
  ["~nobody-of-this-name/x", "~nobody-of-this-name/x"],
])("%j becomes %j", (written, expanded) => {
  expect(received([written])).toEqual([expanded]);
});

test("a command without variables is run as it is", () => {
  expect(expandedArgv(["echo", "a b", "a$", "x~"])).toBeUndefined();
});

test("whatever else stands in a word is text, whatever it means to a shell", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "$NAME",
      braced("NAME"),
      "$(id)",
      "`id`",
      "'",
      '"',
      "\\",
      "*",
      "\n",
      ";",
      "${",
      "}",
      "~",
      "-",
    ),
    fc.string({
      unit: fc.constantFrom(...Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at))),
    }),
  );
  const word = fc.array(piece, { maxLength: 6 }).map((pieces) => `x${pieces.join("")}`);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
      const expected = words.map((each) =>
        each.replace(/\$(?:(HOME|NAME)(?!\w)|\{(HOME|NAME)\})/g, (_all, plain, inside) =>
          (plain ?? inside) === "HOME" ? "/home/ann" : VALUE,
        ),
      );
      expect(received(words)).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});
