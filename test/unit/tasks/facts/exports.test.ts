import { describe, expect, it } from "vitest";
import { parseExports } from "../../../../src/tasks/facts/exports.js";

describe("parseExports", () => {
  it.each([
    ["dash", `export A='it'"'"'s'\n`, "it's"],
    ["dash, over lines", "export A='1\nexport B=2\n@date'\n", "1\nexport B=2\n@date"],
    ["bash", 'export A="5 \\$ \\`x\\` \\"q\\" \\\\ \\n"\n', '5 $ `x` "q" \\ \\n'],
    ["bash's control characters", "export A=$'a\\nb\\t\\'\\\\\\E\\001\\x41'\n", "a\nb\t'\\\u001b\u0001A"],
    ["bash in the C locale", "export A=$'x\\303\\244y\\n'\n", "xäy\n"],
    ["bash outside of POSIX", 'declare -x A="b"\n', "b"],
    ["mksh", "export A=plain\\ text\n", "plain text"],
    ["an empty value", "export A=''\n", ""],
  ])("reads what %s writes", (_, text, value) => {
    expect(parseExports(`${text}@date\n`)).toEqual({ env: { A: value }, rest: "@date\n" });
  });

  it("leaves out what is exported and not set", () => {
    expect(parseExports("export A\nexport B='x'\n").env).toEqual({ B: "x" });
  });

  it("ends at what is no export", () => {
    const { env, rest } = parseExports("export A='1'\nMOTD\nexport B='2'\n");
    expect([env, rest]).toEqual([{ A: "1" }, "MOTD\nexport B='2'\n"]);
  });

  it.each(["export A='", 'export A="\\', "export A=$'x", "export A='1'\"2"])(
    "takes nothing from a quote that never ends: %s",
    (text) => {
      expect(parseExports(text)).toEqual({ env: {}, rest: text });
    },
  );

  it("keeps `__proto__` an entry like others", () => {
    expect(Object.entries(parseExports("export __proto__='x'\n").env)).toEqual([["__proto__", "x"]]);
  });
});
