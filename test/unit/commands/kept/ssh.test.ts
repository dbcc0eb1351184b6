import { expect, test } from "vitest";
import { commandLine } from "../../../../src/commands/kept/ssh.js";

test("no word is a shell, one is a line for it, several are a program and its arguments", () => {
  expect(commandLine([])).toBeUndefined();
  expect(commandLine(["cd /src && make"])).toBe("cd /src && make");
  expect(commandLine(["ls", "a b", "$HOME", "it's"])).toBe("ls 'a b' '$HOME' 'it'\\''s'");
});
