import { expect, test } from "vitest";
import { evaluate } from "../../../src/template/evaluate.js";
import { Scope } from "../../../src/template/scope.js";
import { Template } from "../../../src/values/template.js";

const hosts = [
  { name: "a", g: "x" },
  { name: "b", g: "y" },
  { name: "c", g: "x" },
];
const value = (source: string) =>
  evaluate(
    new Template(source, { file: "f.yaml", line: 1, column: 1 }),
    new Scope([{ hosts, mine: [1, 2] }]),
  );

test.each<[string, unknown]>([
  ["{% set l = [] %}{% for i in [1, 2] %}{% set _ = l.append(i * 2) %}{% endfor %}{{ l }}", [2, 4]],
  ["{% set l = [] %}{% for i in [1, 2] %}{% do l.append(i) %}{% endfor %}{{ l | sum }}", "3"],
  [
    "{%- set d = {} -%}{%- for h in hosts -%}{%- set _ = d.update({h.g: d.get(h.g, []) + [h.name]}) -%}{%- endfor -%}{{ d }}",
    { x: ["a", "c"], y: ["b"] },
  ],
  [
    "{% set l = [3, 1, 2] %}{{ l.sort() }}{{ l.insert(0, 9) }}{{ l.extend([7, 7]) }}{{ l.remove(7) }}{{ l.pop() }}{{ l.pop(0) }}{{ l.reverse() }}{{ l }} {{ l | length }} {{ l[0] }} {{ 2 in l }}",
    "79[3, 2, 1] 3 3 True",
  ],
  ["{% set l = [1, 3, 2] %}{% do l.sort(reverse=true) %}{{ l }}", [3, 2, 1]],
  ["{% set l = mine %}{{ l.append(3) }}{{ l }}{{ mine }}", "[1, 2, 3][1, 2]"],
  [
    "{% set d = {'a': {'b': []}} %}{% for i in 'xy' %}{{ d.a.b.append(i) }}{% endfor %}{{ d.a['b'] | join(',') }} {{ d }}",
    "x,y {'a': {'b': ['x', 'y']}}",
  ],
  [
    "{% set ns = namespace(items=[], n=0) %}{% for h in hosts if ns.items.append(h.name) is none %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.items }} {{ ns.items[0] }} {{ ns.n }}",
    "['a', 'b', 'c'] a 3",
  ],
  [
    "{% set d = {'a': 1, 'b': 2} %}{{ d.pop('a') }} {{ d.pop('z', 'no') }} {{ d }}{% for k, v in d.items() %}{{ k }}={{ v }}{% endfor %}",
    "1 no {'b': 2}b=2",
  ],
  [
    "{% set out = [] %}{% for i in [1, 2] %}{% set row = [] %}{% for j in [3, 4] %}{% if row.append(i * j) %}{% endif %}{% endfor %}{% set _ = out.append(row) %}{% endfor %}{{ out }}",
    [
      [3, 4],
      [6, 8],
    ],
  ],
  ["{% with l = [1] %}{% do l.clear() %}{{ l }}{% endwith %}", []],
  ["{% set l = ['\u0001cell 0'] %}{% do l.append('b') %}{{ l | length }}", "2"],
])("%s", (source, expected) => expect(value(source)).toEqual(expected));

test.each([
  ["{% set _ = mine.append(3) %}{{ mine }}", "'mine' does not change in place"],
  ["{{ mine.append(3) }}", "'mine' does not change in place"],
  ["{% set l = [] %}{{ l.pop() }}", "'pop' finds nothing at -1: the list has 0"],
  ["{% set l = [1] %}{{ l.remove(2) }}", "'remove' finds no '2' in the list"],
  ["{% set l = [1] %}{{ l.update({}) }}", "a list has no method 'update'"],
  ["{% set d = {} %}{{ d.a.append(1) }}", "there is no 'a' to change"],
  ["{% set d = {} %}{{ d.pop('a') }}", "'pop' finds no 'a' in the mapping"],
])("%s fails", (source, message) => expect(() => value(source)).toThrow(message));

test("a list or mapping that is all that statements lead to keeps its type; with anything beside it, it is text", () => {
  expect(value("{% if true %}{{ mine }}{% endif %}\n")).toEqual([1, 2]);
  expect(value("{% if true %}{{ mine }}{% endif %}.")).toBe("[1, 2].");
  expect(value("{% for i in mine %}{{ [i] }}{% endfor %}")).toBe("[1][2]");
  expect(value("{% if true %}{{ '[1, 2]' }}{% endif %}")).toBe("[1, 2]");
});
