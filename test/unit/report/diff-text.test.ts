import { expect, test } from "vitest";
import { diffLines } from "../../../src/report/diff-text.js";

test("a unified diff with its headers", () => {
  const diff = {
    before: "a\nb\nc\n",
    after: "a\nB\nc\n",
    before_header: "/etc/x",
    after_header: "/etc/x (new)",
  };
  expect(diffLines(diff)).toEqual([
    "--- /etc/x",
    "+++ /etc/x (new)",
    "@@ -1,3 +1,3 @@",
    " a",
    "-b",
    "+B",
    " c",
  ]);
});

test("mappings are shown as JSON; what is equal is not shown", () => {
  expect(
    diffLines([
      { before: { mode: "0644" }, after: { mode: "0600" } },
      { before: "x", after: "x" },
    ]),
  ).toEqual(expect.arrayContaining(['-  "mode": "0644"', '+  "mode": "0600"']));
  expect(diffLines([{ before: "x", after: "x" }, null, "text"])).toEqual([]);
});

test("what is too long is said to be", () => {
  expect(diffLines({ before: "x".repeat(2 ** 20 + 1), after: "" })).toEqual([
    expect.stringContaining("too long"),
  ]);
});
