import { describe, expect, test } from "vitest";
import { asFarmError, ConfigErrors, describeError } from "../../../src/errors.js";
import { positionAt, positionOf } from "../../../src/values/position.js";
import { Template } from "../../../src/values/template.js";
import { parseYaml } from "../../../src/yaml/yaml.js";

const parse = (text: string) => parseYaml(text, "f.yaml");

function complaint(text: string): string {
  try {
    parse(text);
  } catch (error) {
    return describeError(asFarmError(error));
  }
  return "no complaint";
}

describe("values", () => {
  test.each([
    ["yes", true],
    ["On", true],
    ["TRUE", true],
    ["no", false],
    ["off", false],
    ["y", "y"],
    ["'yes'", "yes"],
    ["!!str yes", "yes"],
    ["010", 8],
    ["-010", -8],
    ["!!str 010", "010"],
    ["10", 10],
    ["0x10", 16],
    ["1.5", 1.5],
    ["1e3", 1000],
    ["1_000", 1000],
    ["0b11", 3],
    // An octal number has no 8, and YAML 1.1 no `0o`.
    ["08", "08"],
    ["0o17", "0o17"],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
    ["'12345678901234567890'", "12345678901234567890"],
    ["~", null],
    ["", null],
    // Ports and dates that YAML 1.1 would make numbers of.
    ["22:22", "22:22"],
    ["2001-01-01", "2001-01-01"],
  ])("%s is YAML 1.1's, as Ansible reads it", (text, value) => {
    expect(parse(`a: ${text}\n`)).toEqual({ a: value });
  });

  test.each([[""], ["# nothing\n"], ["---\n"], ["---\n# nothing\n...\n"]])("%j is empty", (text) => {
    expect(parse(text)).toBeNull();
  });

  test("line ends of Windows and a byte order mark do no harm", () => {
    expect(parse("\ufeffa: 1\r\nb:\r\n  - x\r\n")).toEqual({ a: 1, b: ["x"] });
  });

  test("keys are texts as they were written", () => {
    expect(Object.keys(parse("010: a\nyes: b\n1.0: c\n~: d\n") as object)).toEqual([
      "010",
      "yes",
      "1.0",
      "~",
    ]);
  });

  test("`__proto__` is a key like any other", () => {
    const value = parse("__proto__: { polluted: yes }\na: { <<: { __proto__: 1 } }\n") as { a: object };
    expect(Object.keys(value)).toEqual(["__proto__", "a"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(value.a)).toBe(Object.prototype);
    expect(Object.hasOwn(value.a, "__proto__")).toBe(true);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("templates", () => {
  test.each([["{{ x }}"], ["a {% if x %}b{% endif %}"], ["{# c #}"]])(
    "%s is one, with its place",
    (source) => {
      const value = parse(`a:\n  - '${source}'\n`) as { a: unknown[] };
      expect(value.a[0]).toBeInstanceOf(Template);
      expect(value.a[0]).toEqual(new Template(source, { file: "f.yaml", line: 2, column: 5 }));
    },
  );

  test("a block of text is one", () => {
    const value = parse("a: >-\n  {{ x }}\n  y\n") as { a: unknown };
    expect(value.a).toMatchObject({ source: "{{ x }} y" });
  });

  test("`!unsafe` texts are never one, also by an alias", () => {
    expect(parse("a: &u !unsafe '{{ x }}'\nb: *u\n")).toEqual({ a: "{{ x }}", b: "{{ x }}" });
  });

  test("texts without marks, and keys, are plain", () => {
    expect(parse("'{{ k }}': '{ not } one'\n")).toEqual({ "{{ k }}": "{ not } one" });
  });
});

describe("anchors", () => {
  test("an alias repeats its value", () => {
    expect(parse("a: &x [1, { b: 2 }]\nc: *x\n")).toEqual({ a: [1, { b: 2 }], c: [1, { b: 2 }] });
  });

  test("what is merged comes before a mapping's own keys", () => {
    const value = parse("x: &x { a: 1, b: 2 }\ny: &y { d: 4, a: 5 }\none: { c: 3, b: 9, <<: [*x, *y] }\n");
    const { one } = value as { one: object };
    expect(Object.entries(one)).toEqual([
      ["d", 4],
      ["a", 1],
      ["b", 9],
      ["c", 3],
    ]);
  });

  test("own keys win over merged ones, wherever `<<` stands; of several the first one wins", () => {
    const anchors = "x: &x { a: 1, b: 2 }\ny: &y { b: 3, c: 4 }\n";
    expect(parse(`${anchors}one: { b: 9, <<: *x }\ntwo: { <<: [*x, *y], a: 0 }\n`)).toMatchObject({
      one: { a: 1, b: 9 },
      two: { a: 0, b: 2, c: 4 },
    });
  });

  test("values inside a merge keep their places", () => {
    const value = parse("x: &x\n  disk: { src: a }\none:\n  <<: *x\n");
    expect(positionAt(value, ["one", "disk", "src"])).toEqual({ file: "f.yaml", line: 2, column: 11 });
  });
});

test("every key, item and container knows its place", () => {
  const value = parse("a: 1\nb:\n  - x\n  - c: 2\n    d:\n      - [y, z]\n");
  const at = (line: number, column: number) => ({ file: "f.yaml", line, column });
  expect(positionOf(value)).toEqual(at(1, 1));
  expect(positionAt(value, ["a"])).toEqual(at(1, 1));
  expect(positionAt(value, ["b"])).toEqual(at(2, 1));
  expect(positionAt(value, ["b", 0])).toEqual(at(3, 5));
  expect(positionAt(value, ["b", 1, "d"])).toEqual(at(5, 5));
  expect(positionAt(value, ["b", 1, "d", 0, 1])).toEqual(at(6, 13));
});

/** Nine times nine aliases, six levels deep: half a million values from 200 bytes. */
const bomb = [..."abcdef"]
  .map((name, index, all) => `${name}: &${name} [${Array(9).fill(index === 0 ? "x" : `*${all[index - 1]}`)}]`)
  .join("\n");

describe("what is refused", () => {
  test.each([
    ["a: 1\nb: 2\na: 3\n", "f.yaml:3:1: this key is given twice in one mapping"],
    ["a: { b: 1, b: 2 }\n", "f.yaml:1:12: this key is given twice in one mapping"],
    ["a:\n\tb: 1\n", "f.yaml:2:1: a tab is used to indent; YAML takes spaces only"],
    ["a: 1\nb: !thing x\n", "f.yaml:2:4: unknown YAML tag !thing"],
    [
      "a: !!python/object:os.system x\n",
      "f.yaml:1:4: unknown YAML tag tag:yaml.org,2002:python/object:os.system",
    ],
    ["a: !vault |\n  66\n", "f.yaml:1:4: !vault has no meaning here"],
    ["a: !env HOME\n", "f.yaml:1:4: !env has no meaning here"],
    ["a: !unsafe [x]\n", "f.yaml:1:4: !unsafe marks a text; of a list or mapping, mark each text"],
    [
      "a: 12345678901234567890\n",
      "f.yaml:1:4: this number has too many digits to be kept; quote it to make it a text",
    ],
    [
      "a: {{ x }}\n",
      "f.yaml:1:5: a key must be a plain text\n  hint: a value that begins with '{{' must stand in quotes",
    ],
    [
      "- a: {{ x }}/y\n",
      "f.yaml:1:13: not valid YAML: Unexpected scalar at node end\n  hint: a value that begins with '{{' must stand in quotes",
    ],
    ["yes: 1\n'yes': 2\n", "f.yaml:2:1: this key is given twice in one mapping"],
    ["a: *nope\n", "f.yaml:1:4: no anchor '&nope' stands before this alias"],
    ["<<: 3\n", "f.yaml:1:5: '<<' merges mappings only"],
    ["? [a]\n: 1\n", "f.yaml:1:3: a key must be a plain text"],
    ["a: 1\n---\nb: 2\n", "f.yaml:2:1: the file holds more than one YAML document"],
    ["a: b: c\n", "f.yaml:1:4: not valid YAML: Nested mappings are not allowed in compact mappings"],
    ["a: 'x\n", /^f\.yaml:\d+:\d+: not valid YAML: Missing closing 'quote$/],
    ["a: [1\n", /^f\.yaml:\d+:\d+: not valid YAML: /],
    ["a: &a [*a]\n", /^f\.yaml:1:\d+: nested too deeply$/],
  ])("%j", (text, message) => {
    if (typeof message === "string") expect(complaint(text)).toBe(message);
    else expect(complaint(text)).toMatch(message);
  });

  test.each(["[", "{a: ", "- "])("20,000 times %j, before it is parsed", (text) => {
    expect(complaint(text.repeat(20_000))).toMatch(/^f\.yaml:1:\d+: nested too deeply$/);
  });

  test("nesting within reason is fine, a mapping of 150 levels is not", () => {
    const nested = (depth: number) =>
      Array.from({ length: depth }, (_, index) => `${" ".repeat(index)}a:`).join("\n");
    expect(complaint(nested(60))).toBe("no complaint");
    expect(complaint(nested(150))).toMatch(/^f\.yaml:10\d:\d+: nested too deeply$/);
  });

  test("a bomb of aliases", () => {
    expect(complaint(bomb)).toMatch(/^f\.yaml:1:\d+: aliases expand to too many values$/);
  });

  test.each([
    ["- ".repeat(60) + "x".repeat(500), "lists in lists"],
    [`# ${"- ".repeat(200)}x`, "a comment of dashes"],
    [`a: |\n  ${"- ".repeat(200)}x`, "a text of dashes"],
    [Array.from({ length: 20_000 }, (_, index) => `k${index}: v`).join("\n"), "many keys"],
    [`a: &a {x: 1}\nb: [${Array(20_000).fill("*a").join(",")}]`, "many aliases"],
  ])("what is long but harmless takes no time: %#", (text) => {
    const start = performance.now();
    expect(complaint(text)).toBe("no complaint");
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test("too many values, without an alias", () => {
    expect(complaint("- a\n".repeat(200_001))).toBe("f.yaml:200000:3: there are more than 200000 values");
  });

  test("mistakes of several lines are told at once, one a line and no more than five", () => {
    const text = "a: !x 1\nb: [!y 1, !z 2]\nc: 1\nc: 2\n";
    expect(complaint(text).split("\n").sort()).toEqual([
      "f.yaml:1:4: unknown YAML tag !x",
      "f.yaml:2:5: unknown YAML tag !y",
      "f.yaml:4:1: this key is given twice in one mapping",
    ]);
    expect(() => parse(text)).toThrow(ConfigErrors);
    expect(complaint("- !x 1\n".repeat(20)).split("\n")).toHaveLength(5);
  });
});
