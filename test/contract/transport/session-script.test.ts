import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkFrame, commandFrame, openingFrame } from "../../../src/transport/persistent/session-script.js";
import { SHELLS } from "./shell-kinds.js";

/** What the session's shell says, with its marks in plain text. */
function say(program: string, text: string): string {
  const argv = program.endsWith("busybox") ? ["sh"] : [];
  const { stdout } = spawnSync(program, argv, { input: text, encoding: "latin1" });
  return stdout.replaceAll("\u0001", "|");
}

const opening = openingFrame("O").text;
const trueFrame = commandFrame({ argv: ["echo", "out"] }, "A")?.text ?? "";

for (const [kind, program] of Object.entries(SHELLS)) {
  describe.skipIf(!existsSync(program))(`a session's shell that is ${kind}`, () => {
    test("marks what a command says", () => {
      expect(say(program, opening + trueFrame)).toBe("|O>||O<0 clean||A>|out\n|A<0 clean|");
    });

    test("runs no frame that was cut off", () => {
      for (let length = 1; length < trueFrame.length - 1; length += 7) {
        expect(say(program, opening + trueFrame.slice(0, length))).toBe("|O>||O<0 clean|");
      }
    });

    test.each([
      [
        "the process numbers may have come round",
        "farm_made=-99999999",
        checkFrame("C").text,
        "|C>||C<0 spent|",
      ],
      ["the counter has come round", "farm_begin() { farm_from=99999999; }", trueFrame, "out\n|A<0 spent|"],
      [
        "too many processes were made to look at",
        "farm_begin() { farm_from=-5000; }",
        trueFrame,
        "out\n|A<0 spent|",
      ],
    ])("is spent when %s", (_, change, frame, said) => {
      // It exits: the second frame is not run.
      expect(say(program, `${opening}${change}\n${frame}${trueFrame}`)).toBe(`|O>||O<0 clean|${said}`);
    });
  });
}
