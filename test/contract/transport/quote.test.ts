import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quote, quoteCommand } from "../../../src/transport/quote.js";

const SHELLS: readonly (readonly [string, ...string[]])[] = [
  ["/bin/dash"],
  ["/bin/bash"],
  ["/bin/busybox", "sh"],
];

/** What a shell makes of a command line: its words, one NUL behind each. */
const words = ([shell, ...first]: readonly [string, ...string[]], line: string): string[] =>
  execFileSync(shell, [...first, "-c", `printf '%s\\0' ${line}`])
    .toString("utf8")
    .split("\0")
    .slice(0, -1);

const hard = fc.constantFrom(
  "'",
  "\\",
  '"',
  "$",
  "`",
  "\n",
  "\t",
  " ",
  "!",
  "*",
  "~",
  "#",
  "&",
  ";",
  "-",
  "=",
  "ä",
  "\u{1f600}",
  "\u0001",
);
const text = fc.oneof(
  fc.string({ unit: hard }),
  fc.string({ unit: "binary" }).map((any) => any.replace(/[\0\ud800-\udfff]/g, "")),
);

describe.each(SHELLS.filter(([shell]) => existsSync(shell)).map((shell) => ({ shell })))(
  "$shell",
  ({ shell }) => {
    test("takes any text for one word, unchanged", () => {
      const list = fc.array(text, { minLength: 1, maxLength: 20 });
      fc.assert(
        fc.property(list, (given) => {
          expect(words(shell, quoteCommand(given))).toEqual(given);
        }),
        { numRuns: 40 },
      );
    });

    test("also when it was quoted for three shells", () => {
      const nested = (given: string) => `"$(printf %s ${quote(given)}; printf x)"`;
      fc.assert(
        fc.property(text, (given) => {
          const inner = `printf '%s\\0' ${nested(given)}`;
          const line = `"$(sh -c ${quote(`sh -c ${quote(inner)}`)} | od -An -tx1)"`;
          const hex = words(shell, line)[0]?.replace(/\s/g, "") ?? "";
          expect(Buffer.from(hex, "hex").toString("utf8")).toBe(`${given}x\0`);
        }),
        { numRuns: 20 },
      );
    });
  },
);
