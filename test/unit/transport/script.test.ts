import { describe, expect, test } from "vitest";
import { becomeArgv, becomeCommand } from "../../../src/transport/become.js";
import { quotePath, shellLine } from "../../../src/transport/script.js";
import type { Become, Command } from "../../../src/transport/shell.js";

const command: Command = { argv: ["true"] };

describe("the shell line", () => {
  test("is one exec of sh, whatever the login shell is", () => {
    expect(shellLine(command, { bytes: 0 })).toMatch(/^exec sh -c '/);
  });

  test("takes /dev/null as stdin, a counted payload, or a stream", () => {
    expect(shellLine(command, { bytes: 0 })).toContain("</dev/null");
    expect(shellLine(command, { bytes: 12 })).toContain("head -c 12 <&3");
    expect(shellLine(command, { bytes: 3_000_000 })).toContain(
      "count=45 iflag=fullblock status=none <&3 && head -c 50880 <&3",
    );
    expect(shellLine(command, "stream")).toContain("dd bs=65536 <&3");
  });

  test("holds neither stdin nor a password", () => {
    const secret = becomeCommand(
      { ...command, stdin: "SECRET1" },
      { method: "sudo", user: "root", password: "SECRET2" },
    );
    expect(shellLine(secret, { bytes: 7 })).not.toMatch(/SECRET/);
  });

  test("refuses what is too long for a system, naming the program only", () => {
    const long: Command = { argv: ["sh", "-c", "x".repeat(140_000)] };
    expect(() => shellLine(long, { bytes: 0 })).toThrow(
      /^the command line of 'sh' is longer than the 128 KiB that a system takes$/,
    );
  });

  test("refuses a variable that could be more than a name", () => {
    expect(() => shellLine({ ...command, env: { "A=b;c": "" } }, { bytes: 0 })).toThrow(/cannot be the name/);
  });
});

test.each([
  ["/abs/olute", "/abs/olute"],
  ["~", '"$HOME"'],
  ["~/", `"$HOME"/''`],
  ["~/a b", `"$HOME"/'a b'`],
  ["~other", "'./~other'"],
  ["-rf", "./-rf"],
])("the path %s becomes %s", (path, word) => {
  expect(quotePath(path)).toBe(word);
});

describe("becoming another user", () => {
  const argv = ["sh", "-c", "it's"] as const;
  test.each<[Become, string[]]>([
    [{ method: "sudo", user: "u" }, ["sudo", "-H", "-n", "-u", "u", "--", ...argv]],
    [
      { method: "sudo", user: "u", password: "secret" },
      ["sudo", "-H", "-k", "-S", "-p", "\u0001farm: password\u0001", "-u", "u", "--", ...argv],
    ],
    [{ method: "doas", user: "u" }, ["doas", "-n", "-u", "u", "--", ...argv]],
    [{ method: "su", user: "u", password: "secret" }, ["su", "u", "-c", "exec sh -c 'it'\\''s'"]],
  ])("%j", (how, expected) => {
    expect(becomeArgv(how, argv)).toEqual(expected);
  });

  test("keeps the rest of the command", () => {
    const how = { method: "su", user: "u" } as const;
    expect(becomeCommand({ ...command, stdin: "x", readOnly: true }, how)).toEqual({
      argv: ["true"],
      stdin: "x",
      readOnly: true,
      become: how,
    });
  });

  test.each<[Become, RegExp]>([
    [{ method: "doas", user: "u", password: "secret" }, /^doas cannot be given a password/],
    [{ method: "sudo", user: "-s" }, /'-s' is not a user name/],
    [{ method: "sudo", user: "" }, /'' is not a user name/],
    [{ method: "su", user: "u", password: "a\nb" }, /cannot hold a newline/],
  ])("refuses %j", (how, message) => {
    expect(() => becomeCommand(command, how)).toThrow(message);
  });
});
