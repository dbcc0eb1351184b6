import { Environment } from "minijinja-js";
import { expect, test } from "vitest";
import { checkExpression, checkTemplates } from "../../../src/template/check.js";
import { ENGINE_FILTERS, ENGINE_TESTS } from "../../../src/template/engine-names.js";
import { Template } from "../../../src/values/template.js";

const position = { file: "main.yaml", line: 3, column: 5 };
const check = (source: string) => checkTemplates({ deep: [new Template(source, position)] });

test.each([
  ["{{ x | regex_replce('a', 'b') }}", "unknown filter 'regex_replce'; did you mean 'regex_replace'?"],
  ["{{ x | ansible.builtin.combin(y) }}", "unknown filter 'combin'; did you mean 'combine'?"],
  ["{{ a if false else (b | uper) }}", "unknown filter 'uper'; did you mean 'upper'?"],
  ["a {{ x is not matc('a') }} b", "unknown test 'matc'; did you mean 'match'?"],
  ["{{ lookup('fille', 'a') }}", "unknown look-up 'fille'; did you mean 'file'?"],
  ["{{ q('ansible.builtin.sequnce', 'end=3') }}", "unknown look-up 'sequnce'; did you mean 'sequence'?"],
  ["{{ loookup('file', 'a') }}", "unknown function 'loookup'; did you mean 'lookup'?"],
  ["{{ l | map('bassename') | list }}", "unknown filter 'bassename'; did you mean 'basename'?"],
  ["{{ l | select('defind') }}", "unknown test 'defind'; did you mean 'defined'?"],
  ["{{ l | rejectattr('a.b', 'equall', 1) }}", "unknown test 'equall'; did you mean 'equalto'?"],
  ["{% if false %}{{ x | joinn }}{% endif %}", "unknown filter 'joinn'; did you mean 'join'?"],
  ["{% for a in l | srt %}{% endfor %}", "unknown filter 'srt'; did you mean 'sort'?"],
  ["{% filter uper %}a{% endfilter %}", "unknown filter 'uper'; did you mean 'upper'?"],
  ["{% macro m(a) %}{{ a }}{% endmacro %}{{ unmade(1) }}", "unknown function 'unmade'"],
])("%s: %s", (source, message) => {
  expect(() => check(source)).toThrow(expect.objectContaining({ message, position }));
});

test.each([
  "{% raw %}{{ x | nothing }}{% endraw %}",
  "{{ '{{ x | nothing }}' }} {{ \"a | nothing is nothing\" }}",
  "{# {{ x | nothing }} #}",
  "{% macro m(a) %}{{ a }}{{ caller() }}{% endmacro %}{{ m(1) }}{% call m(2) %}x{% endcall %}",
  "{% import 'm.j2' as forms %}{% from 'm.j2' import field as f with context %}{{ forms.input('a') }}{{ f(1) }}",
  "{% include 'other.j2' ignore missing %}{{ x is defined and x.keys() | list }}",
  "{{ l | map(attribute='name') | map('extract', hostvars, 'x') | map(name) | list }}",
  "{{ l | selectattr('a', '==', 1) | rejectattr('b') | select('in', m) | select(test) | list }}",
  "{{ x is ansible.builtin.version('1', '>=') and y is sameas none and 2 is divisibleby 2 }}",
  "{{ lookup(plugin, 'a') }}{{ query('community.general.random_string') }}",
])("no false alarm: %s", (source) => expect(() => check(source)).not.toThrow());

test("an expression without marks", () => {
  expect(() => checkExpression("x is definedd", position)).toThrow(
    expect.objectContaining({ message: "unknown test 'definedd'; did you mean 'defined'?", position }),
  );
  expect(() => checkExpression("x is defined and 'a | b' in y", position)).not.toThrow();
});

test("what is told to be the engine's is the engine's", () => {
  const answer = (code: string): string => {
    try {
      return String(new Environment().evalExpr(code, {}));
    } catch (error) {
      return String(error);
    }
  };
  for (const name of ENGINE_FILTERS) expect(answer(`1 | ${name}`)).not.toContain("unknown filter");
  for (const name of ENGINE_TESTS) expect(answer(`1 is ${name}`)).not.toContain("unknown test");
});

test.each([
  ["{{ 1 + }}", "syntax error in expression: unexpected end of expression"],
  ["say {{ a b }}", "unexpected identifier, expected end of expression"],
  ["{% if a %}x", "unexpected end of input, expected end of block"],
  ["{% if a %}{{ b c }}{% endif %}", "unexpected identifier"],
])("what cannot be read is found without running it: %s", (source, message) => {
  expect(() => check(source)).toThrow(
    expect.objectContaining({ message: expect.stringContaining(message), position }),
  );
});

test.each([
  "{{ '}}' ~ \"{% if %}\" }}",
  "{% raw %}{{ 1 + }}{% endraw %}",
  "{{ a if b }}{{ c[1:] }}{{ {'a': 1}.items() }}{{ x is not defined and y not in z }}",
  "{% macro m(a, b=1) %}{{ a }}{% endmacro %}{{ m(1) }}{% set ns = namespace(x=[]) %}{% set ns.x = ns.x + [1] %}",
  "{% for k, v in d.items() if v %}{{ loop.index }}{% else %}none{% endfor %}",
])("what can be is no mistake: %s", (source) => {
  expect(() => check(source)).not.toThrow();
});

test("a condition that cannot be read, and then one that can", () => {
  expect(() => checkExpression("a ==", position)).toThrow("unexpected end of expression");
  expect(() => checkExpression("a == 1", position)).not.toThrow();
});
