import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/errors.js";
import { evaluate, evaluateCondition, evaluateText } from "../../../src/template/evaluate.js";
import { OMIT } from "../../../src/template/omit.js";
import { Scope } from "../../../src/template/scope.js";
import { positionOf, setPosition } from "../../../src/values/position.js";
import { Template } from "../../../src/values/template.js";
import { parseYaml } from "../../../src/yaml/yaml.js";

const t = (source: string) => new Template(source, { file: "vars.yaml", line: 3, column: 5 });
const variables = {
  project_id: "demo",
  n: null,
  yes: true,
  list: [1, 2, 3],
  names: ["b", "a"],
  ordered: { z: 1, a: 2, m: [1, "x", null, true] },
  nested: { a: { x: { y: 7 } }, list: [{ src: "disk.qcow2" }] },
  key: "a",
  result: { failed: false, changed: true, rc: 0, stdout: "ok" },
};
const value = (source: string, scope = new Scope([variables])) => evaluate(t(source), scope);

describe("native values", () => {
  test.each<[string, unknown]>([
    ["{{ 1 + 2 }}", 3],
    ["{{ list }}", [1, 2, 3]],
    ["{{ n }}", null],
    ["{{ yes }}", true],
    ["{{ nested.list[0].src }}", "disk.qcow2"],
    ["{{ nested['a']['x'].y }}", 7],
    ["{{ list[-1] }}", 3],
    ["{{ nested[key].x.y }}", 7],
    ["{{ {'b': 1, 'a': 2} | to_json }}", '{"b": 1, "a": 2}'],
    ["{{ ordered | dict2items | map(attribute='key') | list }}", ["z", "a", "m"]],
    ["{{ ordered.keys() | list }}", ["z", "a", "m"]],
    ["{{ ordered.get('q', 'none') }}", "none"],
    ["{{ ordered.get('z') }}", 1],
    ["{{ missing | default('x') }}", "x"],
    ["{{ missing.a.b | default('x') }}", "x"],
    ["{{ nested.zz.y | d('x') }}", "x"],
    ["{{ nested[key].zz.y | default('x') }}", "x"],
    ["{{ (missing) | default('x') }}", "x"],
    ["{{ '' | default('x', true) }}", "x"],
    ["{{ '' | default('x', boolean=true) }}", "x"],
    ["{{ n | default('x') }}", null],
    ["{{ n | default('x', true) }}", "x"],
    ["{{ project_id | default(missing) }}", "demo"],
    ["{{ missing | default(missing2) | default('z') }}", "z"],
    ["{{ missing is defined }}", false],
    ["{{ missing is undefined }}", true],
    ["{{ missing is not defined }}", true],
    ["{{ n is defined }}", true],
    ["{{ n is none }}", true],
    ["{{ missing is defined and missing == 1 }}", false],
    ["{{ 'a' if yes else missing }}", "a"],
    ["{{ '%s-%03d' | format('a', 7) }}", "a-007"],
    ["{{ '%s-%d' % ('a', 7) }}", "a-7"],
    ["{{ '%s' % project_id }}", "demo"],
    ["{{ '{}/{x}'.format('a', x=1) }}", "a/1"],
    ["{{ 'A' ~ yes ~ n ~ 1 }}", "ATrueNone1"],
    ["{{ ['a1', 'b'] | select('match', 'a') | list }}", ["a1"]],
    ["{{ [1, 2, 3] | select('>', 1) | list }}", [2, 3]],
    ["{{ [1, 2, 3] | reject('odd') | list }}", [2]],
    ["{{ ['a', 'b'] | map('regex_replace', '^', 'x') | list }}", ["xa", "xb"]],
    ["{{ ['a', 'b'] | map('upper') | list }}", ["A", "B"]],
    ["{{ [{'a': 1}] | map('combine', {'b': 2}) | list }}", [{ a: 1, b: 2 }]],
    ["{{ ['a', 'x'] | map('extract', {'a': 1, 'x': 2}) | list }}", [1, 2]],
    ["{{ [{'a': 1}, {'b': 1}] | selectattr('a', 'defined') | list }}", [{ a: 1 }]],
    ["{{ [{'a': 1}, {'a': 2}] | rejectattr('a', 'equalto', 1) | list }}", [{ a: 2 }]],
    ["{{ {'a': 1} | ansible.builtin.combine({'b': 2}) }}", { a: 1, b: 2 }],
    ["{{ 'ansible.builtin.combine' }}", "ansible.builtin.combine"],
    ["{{ 'a.b' | regex_replace('\\.', '-') }}", "a-b"],
    ["{{ 'v12' | regex_replace('v(\\d+)', '\\1') }}", "12"],
    // Ansible reads backslashes of {{ }} in YAML each for itself; those of {% %} are escapes.
    ["{{ 'v12' | regex_replace('v(\\d+)', '\\\\1') }}", "\\1"],
    ["{{ 'a\\tb' }}", "a\\tb"],
    ["{% if 'a\\tb' == 'a\tb' %}yes{% endif %}", "yes"],
    ["{{ dict([['a', 1]]) }}", { a: 1 }],
    ["{{ range(3) | list }}", [0, 1, 2]],
    ["{{ '5' | int + 1 }}", 6],
    ["{{ 'q' | int }}", 0],
    ["{{ -list[1] }}", -2],
    ["{{ 3 - -list[0] * 2 }}", 5],
    ["{{ 3 - list[0] }}", 2],
    ["{{ {'a': omit, 'b': [omit, 1]} }}", { b: [1] }],
    ["{{ omit }}", OMIT],
    ["{{ missing | default(omit) }}", OMIT],
    ["{{ (project_id != 'x') | ternary('q', '') | default(omit, true) }}", "q"],
    ["{{ (project_id == 'x') | ternary('q', '') | default(omit, true) }}", OMIT],
    ["{{ result is succeeded and result is changed and result is not failed }}", true],
    ["{{ lookup('dict', {'a': 1}) }}", { key: "a", value: 1 }],
    ["{{ query('random_string', length=12) | first | length }}", 12],
    ["{{ lookup('env', 'FARM_NO_SUCH_VARIABLE', default='d') }}", "d"],
  ])("%s", (source, expected) => {
    expect(value(source)).toEqual(expected);
  });
});

describe("text", () => {
  test.each([
    ["a {{ yes }} {{ n }}.", "a True ."],
    ["{{ ordered }}!", "{'z': 1, 'a': 2, 'm': [1, 'x', None, True]}!"],
    ["{{ project_id }}-{{ list }}", "demo-[1, 2, 3]"],
    ["a {{- project_id -}} b", "ademob"],
    ["{# gone #}x", "x"],
    ["{% raw %}{{ x }}{% endraw %}", "{{ x }}"],
    ["{{ '}}' }}{{ '{{ list }}' }}", "}}{{ list }}"],
    ["{% for i in list %}{{ i }}{{ yes }},{% endfor %}", "1True,2True,3True,"],
    ["{% for k, v in ordered.items() %}{{ k }}{% endfor %}", "zam"],
    ["{% if missing is defined %}a{% else %}b{% endif %}", "b"],
    ["{% set x = nested.a %}{{ x.x.y }}{{ n }}", "7"],
    ["{% macro f(x) %}[{{ x }}]{% endmacro %}{{ f(project_id) }}", "[demo]"],
    ["{% if yes %}\nline\n{% endif %}\n", "line\n"],
  ])("%s", (source, expected) => {
    expect(value(source)).toBe(expected);
  });

  test("of none is empty, of the rest Python's", () => {
    expect(evaluateText(t("{{ n }}"), new Scope([variables]))).toBe("");
    expect(evaluateText(false, new Scope())).toBe("False");
  });
});

describe("errors", () => {
  test.each([
    ["{{ projct_id }}", "undefined variable 'projct_id'; did you mean 'project_id'?"],
    ["{{ projct_id == 1 }}", "undefined variable 'projct_id'; did you mean 'project_id'?"],
    ["{{ projct_id | upper }}", "undefined variable 'projct_id'; did you mean 'project_id'?"],
    ["{{ result.stdut }}", "'result' has no attribute 'stdut'; did you mean 'stdout'?"],
    ["{{ nested.a.nam }}", "'nested.a' has no attribute 'nam'"],
    ["{{ missing | default(qqqq) }}", "undefined variable 'qqqq'"],
    ["{{ missing | default(qqqq) | upper }}", "undefined variable 'qqqq'"],
    ["{{ (1 }}", "syntax error in expression: a bracket is not closed"],
    ["{% for x in [1] %}{{ missing | default(qqqq) }}{% endfor %}", "undefined variable 'qqqq'"],
    ["{{ 1 + }}", "syntax error in expression: unexpected end of input, expected expression"],
    ["{{ a b }}", "syntax error in expression: unexpected input after expression"],
    ["{{ 'x }}", "syntax error in template: a string is not closed"],
    ["{{ x", "syntax error in template: '{{' is not closed"],
    ["{{ list | combin({}) }}", "unknown filter 'combin'; did you mean 'combine'?"],
    ["{{ list is subst([]) }}", "unknown test 'subst'; did you mean 'subset'?"],
    ["{{ lokup('env', 'x') }}", "unknown function 'lokup'; did you mean 'lookup'?"],
    ["{{ ('a' * 100)[500].foo }}", "'('a'*100)[500].foo' is undefined"],
    ["x {{ omit }}", "omit cannot be part of a text"],
    ["{% include 'x' %}", "there is no template 'x'"],
    ["{% for x in projct_id %}{% endfor %}", "undefined variable 'projct_id'; did you mean 'project_id'?"],
    [`{{ ${"(".repeat(500)}1${")".repeat(500)} }}`, "the expression is nested too deeply"],
  ])("%s", (source, message) => {
    expect(() => value(source)).toThrow(
      expect.objectContaining({ message, position: { file: "vars.yaml", line: 3, column: 5 } }),
    );
  });

  test("of any kind leave the engine working", () => {
    for (const source of ["{{ range(100000000) | list }}", "{{ list | combine }}", "{{ list.foo() }}"])
      expect(() => value(source), source).toThrow(ConfigError);
    expect(value("{{ list | length }}")).toBe(3);
  });
});

describe("containers", () => {
  test("keep their order and positions; omitted entries go", () => {
    const raw = {
      b: t("{{ project_id }}"),
      a: [t("{{ omit }}"), "{{ data }}"],
      c: t("{{ nope | default(omit) }}"),
    };
    setPosition(raw, { file: "f", line: 1, column: 1 }, "b");
    const result = evaluate(raw, new Scope([variables]));
    expect(JSON.stringify(result)).toBe('{"b":"demo","a":["{{ data }}"]}');
    expect(positionOf(result, "b")).toEqual({ file: "f", line: 1, column: 1 });
  });
});

describe("conditions", () => {
  test.each<[unknown, boolean]>([
    ["project_id == 'demo'", true],
    ["not yes", false],
    [[], true],
    [["yes", "list | length > 5"], false],
    [["yes", "list"], true],
    [true, true],
    ["n", false],
    ["result.rc == 0", true],
    ["'demo' in [project_id]", true],
    ["missing | default(false)", false],
    ["missing | default(true) | bool", true],
  ])("%j", (condition, expected) => {
    expect(evaluateCondition(condition, new Scope([variables]))).toBe(expected);
  });

  test("in a Template, and with a position for errors", () => {
    expect(evaluateCondition(t("{{ yes }}"), new Scope([variables]))).toBe(true);
    const position = { file: "main.yaml", line: 9, column: 1 };
    expect(() => evaluateCondition("nope", new Scope(), position)).toThrow(
      expect.objectContaining({ message: "undefined variable 'nope'", position }),
    );
  });
});

describe("whole numbers that are fractions to Python keep their .0 in texts", () => {
  const yaml = "f: 2.0\nd: { v: 3.0, l: [1.0, 2] }\ne: 1.0e+3\ni: 2\nq: '2.0'\nt: '{{ i }}'\n";
  const scope = new Scope([parseYaml(yaml, "vars.yaml") as Record<string, unknown>]);
  test.each([
    ["{{ f }}", "2.0"],
    ["{{ d.v }} {{ d['v'] }} {{ d.l[0] }} {{ d.l[1] }} {{ d.l[-2] }}", "3.0 3.0 1.0 2 1"],
    ["{{ e }} {{ i }} {{ q }} {{ t }}", "1000.0 2 2.0 2"],
    ["{{ 10 / 2 }} {{ i / 2 }} {{ (i / 2) | int }} {{ 7 // 2 }} {{ 2.0 + 1 }}", "5.0 1.0 1 3 3.0"],
    ["{{ 2.6 | round }} {{ 3 | round }} {{ 2.6 | round | int }} {{ '3' | float }}", "3.0 3 3 3.0"],
    ["{{ 5 if 10 / 2 > 1 else 0 }} {{ 10 / 4 }} {{ 2 ** 3 }}", "5 2.5 8"],
  ])("%s", (source, text) => {
    expect(evaluate(t(`v ${source}`), scope)).toBe(`v ${text}`);
  });

  test("and are numbers everywhere else", () => {
    expect(evaluate(t("{{ f }}"), scope)).toBe(2);
    expect(evaluate(t("{{ f == i and d.v + 1 == 4 }}"), scope)).toBe(true);
  });
});
