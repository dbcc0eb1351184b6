import { expect, test } from "vitest";
import { excerpt, lastLines, taskOutput } from "../../../../src/report/html/task-output.js";

const texts = (result: Record<string, unknown>) =>
  taskOutput(result, 100).map(({ name, text }) => [name, text.head]);

test("a long text keeps its beginning and more of its end, and tells what is left out", () => {
  expect(excerpt("abcdefghijkl", 8)).toEqual({ head: "ab", tail: "ghijkl", left: 4 });
  expect(excerpt("abc", 3)).toEqual({ head: "abc", tail: "", left: 0 });
});

test("message and exit status, output, items of a loop", () => {
  expect(texts({ msg: "no", rc: 2, stdout: "out", stderr: "" })).toEqual([
    ["message", "no, exit status 2"],
    ["stdout", "out"],
  ]);
  expect(
    texts({
      results: [
        { item: "one", changed: true, stdout: "x\ny" },
        { item: { a: 1 }, failed: true },
      ],
    }),
  ).toEqual([["items", 'one: changed\n    x\n    y\n{"a":1}: FAILED']]);
});

test("a result without any of these is shown itself", () => {
  expect(texts({ changed: false, stat: { exists: true } })).toEqual([
    ["result", '{\n  "stat": {\n    "exists": true\n  }\n}'],
  ]);
  expect(texts({ changed: true })).toEqual([]);
});

test("the last lines are those of the output, not of the message", () => {
  const parts = taskOutput({ msg: "m", stdout: "1\n2\n3\n", stderr: "4" }, 100);
  expect(lastLines(parts, 3)).toBe("2\n3\n\n4".split("\n").slice(-3).join("\n"));
});
