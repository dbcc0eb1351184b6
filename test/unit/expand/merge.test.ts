import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asFarmError, describeError } from "../../../src/errors.js";
import { merge } from "../../../src/expand/merge.js";
import type { Mapping } from "../../../src/values/mapping.js";
import { positionAt } from "../../../src/values/position.js";
import { parseYaml } from "../../../src/yaml/yaml.js";

const yaml = (text: string, file = "over.yaml") => parseYaml(text, file) as Mapping;
const merged = (base: string, over: string) => merge(yaml(base, "base.yaml"), yaml(over));

const key = fc.string({ minLength: 1 }).filter((text) => !text.startsWith("$"));
const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.integer()));
const { mapping } = fc.letrec((tie) => ({
  mapping: fc.dictionary(key, fc.oneof({ depthSize: "small" }, leaf, tie("mapping")), { maxKeys: 4 }),
})) as { mapping: fc.Arbitrary<Mapping> };

describe("mappings", () => {
  test("nothing merged is no change", () => {
    fc.assert(
      fc.property(mapping, (vm) => {
        expect(merge(vm, {})).toEqual({ ...vm });
        expect(merge({}, vm)).toEqual({ ...vm });
      }),
    );
  });

  test("later wins: every leaf of the later mapping is in the result, where it may be", () => {
    const plain = fc.dictionary(key, fc.oneof(fc.string(), fc.integer(), fc.dictionary(key, fc.integer())));
    fc.assert(
      fc.property(plain, plain, (base, over) => {
        const result = merge(base, over);
        expect(result).toMatchObject(over);
        for (const each of Object.keys(base)) expect(Object.hasOwn(result, each)).toBe(true);
        expect(merge(result, over)).toEqual(result);
      }),
    );
  });

  test.each([
    ["a: {b: 1, c: 2}", "a: {c: 3}", { a: { b: 1, c: 3 } }],
    ["a: [1, 2]", "a: [3]", { a: [3] }],
    ["a: {b: 1}", "a: text", { a: "text" }],
    ["a: text", "a: {b: 1}", { a: { b: 1 } }],
    ["a: 1", "a:", { a: null }],
  ])("%s with %s", (base, over, expected) => {
    expect(merged(base, over)).toEqual(expected);
  });

  test("a key named __proto__ is a key like any other", () => {
    const result = merged("a: 1", "__proto__: {polluted: true}");
    expect(Object.keys(result)).toEqual(["a", "__proto__"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("positions go with the values", () => {
    const result = merged("a:\n  b: 1\n  c: 2", "a:\n\n  c: 3");
    expect(positionAt(result, ["a", "b"])).toEqual({ file: "base.yaml", line: 2, column: 3 });
    expect(positionAt(result, ["a", "c"])).toEqual({ file: "over.yaml", line: 3, column: 3 });
  });
});

describe("a mapping over a list edits it", () => {
  const base = "l: [{n: a, v: 1}, {n: b}, {n: c}, {n: b, v: 2}]";
  const names = (over: string) => (merged(base, over)["l"] as { n: unknown }[]).map(({ n }) => n).join("");

  test.each([
    ["l: {$append: [{n: x}]}", "abcbx"],
    ["l: {$prepend: [{n: x}, {n: y}]}", "xyabcb"],
    ["l: {$insert: [{at: 2, items: [{n: x}, {n: y}]}]}", "abxycb"],
    ["l: {$append: [{n: y}], $insert: [{at: 4, items: [{n: x}]}]}", "abcbxy"],
    ["l: {$insert: [{before: {n: b}, items: [{n: x}]}]}", "axbcb"],
    ["l: {$insert: [{after: {n: b, v: 2}, items: [{n: x}]}]}", "abcbx"],
    ["l: {$insert: [{before: {n: c}, items: [{n: x}]}, {before: {n: c}, items: [{n: y}]}]}", "abxycb"],
    ["l: {$insert: [{after: 0, items: [{n: x}]}]}", "axbcb"],
    ["l: {$remove: [0, {n: b}]}", "cb"],
    ["l: {$remove: [{n: c}], $insert: [{after: {n: c}, items: [{n: x}]}]}", "abxb"],
    ["l: {2: {n: z}, $remove: [0]}", "bzb"],
  ])("%s", (over, expected) => {
    expect(names(over)).toBe(expected);
  });

  test("an item is merged, or replaced by what is no mapping", () => {
    expect(merged(base, "l: {0: {w: 3}}")["l"]).toMatchObject([{ n: "a", v: 1, w: 3 }, {}, {}, {}]);
    expect(merged("l: [1, 2]", "l: {1: 5}")).toEqual({ l: [1, 5] });
  });

  test("lists in lists", () => {
    const result = merged(
      "s: [{c: [{k: 1}, {k: 2}]}]",
      "s: {0: {c: {$insert: [{before: {k: 2}, items: [{k: 9}]}]}}}",
    );
    expect(result).toEqual({ s: [{ c: [{ k: 1 }, { k: 9 }, { k: 2 }] }] });
  });

  test("a callback may be written with its path", () => {
    const result = merged(
      "l: [{callback: callbacks/sources/fetch.yaml}, {callback: setup_image}]",
      "l: {$insert: [{after: {callback: fetch}, items: [{callback: copy}]}]}",
    );
    expect((result["l"] as Mapping[]).map((each) => each["callback"])).toEqual([
      "callbacks/sources/fetch.yaml",
      "copy",
      "setup_image",
    ]);
  });

  test("items keep their places in the files", () => {
    const result = merged(
      "l:\n  - a\n  - b",
      "l:\n  $insert:\n    - at: 1\n      items:\n        - x\n  1: y",
    );
    expect(result).toEqual({ l: ["a", "x", "y"] });
    expect([0, 1, 2].map((index) => positionAt(result, ["l", index]))).toMatchObject([
      { file: "base.yaml", line: 2 },
      { file: "over.yaml", line: 5 },
      { file: "over.yaml", line: 6 },
    ]);
  });

  test("putting items into a list that nobody began", () => {
    expect(merged("a: 1", "l: {$append: [1], $prepend: [0]}")).toEqual({ a: 1, l: [0, 1] });
  });

  test.each([
    ["l: {4: {n: x}}", "over.yaml:1:5: the inherited 'l' has no item 4: it has 0 to 3"],
    ["l: {$remove: [9]}", "over.yaml:1:15: the inherited 'l' has no item 9"],
    ["l: {$remove: [{n: q}]}", "over.yaml:1:15: no item of the inherited 'l' has n 'q'"],
    ["l: {$remove: [all]}", "an item is named by its index or some of its keys"],
    ["l: {$insert: [{at: 5, items: []}]}", "over.yaml:1:16: 'at' is a whole number from 0 to 4"],
    ["l: {$insert: [{before: {n: q}, items: []}]}", "over.yaml:1:16: no item of the inherited 'l' has n 'q'"],
    ["l: {$insert: [{items: []}]}", "over.yaml:1:15: an entry of $insert has one of at, before and after"],
    ["l: {$insert: [{at: 1}]}", "an entry of $insert has 'items', a list"],
    [
      "l: {$insert: [{at: 1, items: [], afer: 1}]}",
      "over.yaml:1:34: unknown key 'afer' in an entry of $insert; did you mean 'after'?",
    ],
    [
      "l: {$apend: [1]}",
      "over.yaml:1:5: unknown key '$apend' in an edit of the list 'l'; did you mean '$append'?",
    ],
    ["l: {n: x}", "over.yaml:1:5: unknown key 'n' in an edit of the list 'l'"],
    ["l: {$append: 1}", "over.yaml:1:5: '$append' must be a list, got 1"],
    ["m: {$remove: [0]}", "over.yaml:1:15: the inherited 'm' has no item 0: it has none"],
  ])("%s is refused", (over, message) => {
    let said = "";
    try {
      merged(base, over);
    } catch (error) {
      said = describeError(asFarmError(error));
    }
    expect(said).toContain(message);
  });

  test("what is no list cannot be edited as one", () => {
    expect(() => merged("l: {a: 1}", "l: {$append: [1]}")).toThrow(
      "'l' cannot be edited as a list: what is inherited is a mapping",
    );
    expect(() => merged('l: "{{ x }}"', "l: {$append: [1]}")).toThrow("what is inherited is the expression");
  });
});
