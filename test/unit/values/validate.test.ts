import { expect, test } from "vitest";
import { z } from "zod";
import { asFarmError, ConfigErrors, describeError } from "../../../src/errors.js";
import { Template } from "../../../src/values/template.js";
import { describeValue, parseWith, pathText } from "../../../src/values/validate.js";
import { parseYaml } from "../../../src/yaml/yaml.js";

const Disk = z.strictObject({ src: z.string().min(2), size: z.int().positive().max(9).optional() });
const Machine = z.strictObject({
  arch: z.enum(["x86_64", "aarch64"]),
  disks: z.array(Disk).default([]),
  by_name: z.record(z.string(), Disk).optional(),
  on: z.boolean().optional(),
  size: z.union([z.int(), z.string()]).optional(),
  even: z
    .int()
    .refine((value) => value % 2 === 0, "it is odd")
    .optional(),
});

const check = (text: string) => parseWith(Machine, parseYaml(text, "m.yaml"), "machine 'pc'");

function complaint(text: string): string {
  try {
    check(text);
  } catch (error) {
    return describeError(asFarmError(error));
  }
  return "no complaint";
}

test("what fits is returned with its defaults", () => {
  expect(check("arch: x86_64")).toEqual({ arch: "x86_64", disks: [] });
});

test.each([
  ["arch: x86_64\ndisk: []\n", "m.yaml:2:1: unknown key 'disk' in machine 'pc'; did you mean 'disks'?"],
  ["arch: x86_64\nzebra: 1\n", "m.yaml:2:1: unknown key 'zebra' in machine 'pc'"],
  [
    "arch: x86_64\ndisks:\n  - src: ab\n    sze: 1\n",
    "m.yaml:4:5: unknown key 'sze' in 'disks[0]' of machine 'pc'; did you mean 'size'?",
  ],
  [
    "arch: x86_64\nby_name: { a: { sr: ab, src: ab } }\n",
    "m.yaml:2:17: unknown key 'sr' in 'by_name.a' of machine 'pc'; did you mean 'src'?",
  ],
  [
    "arch: x86_46\n",
    `m.yaml:1:1: 'arch' of machine 'pc' must be one of 'x86_64', 'aarch64', got the text "x86_46"; did you mean 'x86_64'?`,
  ],
  ["arch: x86_64\ndisks: 3\n", "m.yaml:2:1: 'disks' of machine 'pc' must be a list, got 3"],
  ["arch: x86_64\ndisks: { src: a }\n", "m.yaml:2:1: 'disks' of machine 'pc' must be a list, got a mapping"],
  ["arch: x86_64\ndisks: [3]\n", "m.yaml:2:9: 'disks[0]' of machine 'pc' must be a mapping, got 3"],
  ["arch: x86_64\ndisks: [{}]\n", "m.yaml:2:9: 'disks[0].src' of machine 'pc' is missing: it must be a text"],
  [
    "arch: x86_64\ndisks: [{ src: }]\n",
    "m.yaml:2:11: 'disks[0].src' of machine 'pc' must be a text, got nothing",
  ],
  [
    "arch: x86_64\ndisks: [{ src: a }]\n",
    "m.yaml:2:11: 'disks[0].src' of machine 'pc' is too small: at least 2 characters",
  ],
  [
    "arch: x86_64\ndisks: [{ src: ab, size: 10 }]\n",
    "m.yaml:2:20: 'disks[0].size' of machine 'pc' is too big: at most 9",
  ],
  [
    "arch: x86_64\ndisks: [{ src: ab, size: 1.5 }]\n",
    "m.yaml:2:20: 'disks[0].size' of machine 'pc' must be a whole number, got 1.5",
  ],
  ["arch: x86_64\non: 'yes'\n", `m.yaml:2:1: 'on' of machine 'pc' must be true or false, got the text "yes"`],
  ["arch: x86_64\nsize: []\n", "m.yaml:2:1: 'size' of machine 'pc' has a wrong form, got a list"],
  ["arch: x86_64\neven: 3\n", "m.yaml:2:1: 'even' of machine 'pc' is wrong: it is odd, got 3"],
  ["[a]\n", "m.yaml:1:1: machine 'pc' must be a mapping, got a list"],
])("%j", (text, message) => {
  expect(complaint(text)).toBe(message);
});

test("a key that is missing is told where its mapping begins", () => {
  expect(complaint("\ndisks: []\n")).toMatch(/^m\.yaml:2:1: 'arch' of machine 'pc' /);
});

test("every mistake is told, each at its own place", () => {
  const text = "arch: x\ndisks:\n  - sr: a\n  - src: ab\n    size: many\n";
  expect(complaint(text).split("\n")).toEqual([
    expect.stringMatching(/^m\.yaml:1:1: 'arch'/),
    expect.stringMatching(/^m\.yaml:3:5: 'disks\[0\]\.src'/),
    expect.stringMatching(/^m\.yaml:3:5: unknown key 'sr'/),
    expect.stringMatching(/^m\.yaml:5:5: 'disks\[1\]\.size'/),
  ]);
  expect(() => check(text)).toThrow(ConfigErrors);
});

test.each([
  [null, "nothing"],
  [new Template("{{ a }}"), 'the expression "{{ a }}"'],
  [[1], "a list"],
  [{}, "a mapping"],
  [false, "false"],
  ["a\nb", String.raw`the text "a\nb"`],
  ["x".repeat(70), "a text of 70 characters"],
])("%j in words", (value, words) => {
  expect(describeValue(value)).toBe(words);
});

test.each([
  ["password: 12345", "'password' of auth must be a text, got a number that is not shown"],
  ["become_password: [x]", "'become_password' of auth must be a text, got a list"],
  ["api_token: geheim", "'api_token' of auth must be a number, got a text that is not shown"],
  ["password: '{{ x }}'", "'password' of auth must be a text, got an expression that is not shown"],
])("a secret is not shown: %s", (text, message) => {
  const Auth = z.strictObject({
    password: z.string().optional(),
    become_password: z.string().optional(),
    api_token: z.number().optional(),
  });
  expect(() => parseWith(Auth, parseYaml(text, "a.yaml"), "auth")).toThrow(message);
});

test("a path in words", () => {
  expect(pathText(["vm", "disks", 0, "src"])).toBe("vm.disks[0].src");
  expect(pathText([])).toBe("");
});
