import { describe, expect, test } from "vitest";
import { evaluate, evaluateCondition } from "../../../src/template/evaluate.js";
import { Scope } from "../../../src/template/scope.js";
import { Template } from "../../../src/values/template.js";

const variables = {
  people: [{ n: "a" }],
  nested: { a: { b: 1 } },
  key: "a",
  name: "outer",
  hosts: { h1: { port: 22 }, h2: { port: new Template("{{ nope }}") } },
  no: false,
  ordered: { z: 1, a: 2 },
};
const value = (source: string, given: Readonly<Record<string, unknown>> = {}) =>
  evaluate(new Template(source), new Scope([variables, given]));

describe("what is not there is an error, wherever it is used", () => {
  test.each([
    ["{{ nested[key].zz | upper }}", "'nested.a' has no attribute 'zz'"],
    ["{{ nested[key].zz == 1 }}", "'nested.a' has no attribute 'zz'"],
    ["{{ 'x' ~ nested[key].zz }}", "'nested.a' has no attribute 'zz'"],
    ["{{ [nested[key].zz] }}", "'nested.a' has no attribute 'zz'"],
    ["{{ not nested[key ~ ''].zz }}", "'nested.a' has no attribute 'zz'"],
    ["{{ people[0 + 0].m }}", "'people[0]' has no attribute 'm'"],
    ["{{ people[nested.a.b] }}", "'people' has no attribute '1'"],
    ["{{ (people | first).nope | upper }}", "'(people|first).nope' is undefined"],
    ["{% for p in people %}[{{ p.nope }}]{% endfor %}", "'p.nope' is undefined"],
    ["{% for p in people %}{{ p.nope | upper }}{% endfor %}", "'p.nope' is undefined"],
    ["{% for p in people %}{% if p[key].x %}x{% endif %}{% endfor %}", "'p[key].x' is undefined"],
    ["{% if no %}{% set x = 1 %}{% endif %}{{ x }}", "undefined variable 'x'"],
    ["{{ }}", "syntax error in expression: there is nothing in it"],
  ])("%s", (source, message) => {
    expect(() => value(source)).toThrow(message);
  });

  test.each<[string, unknown]>([
    ["{{ nested[key].b }}", 1],
    ["{{ nested[key].zz | default('d') }}", "d"],
    ["{{ nested[key].zz.y is defined }}", false],
    ["{{ key | default(nested[key].zz) }}", "a"],
    ["{{ (people | first).nope | default('d') }}", "d"],
    ["{{ (people | first).nope is not defined }}", true],
    ["{% for p in people %}{{ p.nope | default('d') }}{{ p.nope is defined }}{% endfor %}", "dFalse"],
    ["{% for name in people %}{{ name.n }}{% endfor %}{{ name }}", "aouter"],
    ["{{ 1 if no }}", ""],
    ["x{{ 1 if no }}", "x"],
    ["{{ (1 if no) | default('d') }}", "d"],
    ["{{ people[0]['n'] ~ people[-1].n }}", "aa"],
  ])("%s is fine", (source, expected) => {
    expect(value(source)).toEqual(expected);
  });

  test("a computed key evaluates what stands there and nothing else", () => {
    expect(value("{{ hosts[h].port }}", { h: "h1" })).toBe(22);
    expect(() => value("{{ hosts[h].port }}", { h: "h2" })).toThrow("undefined variable 'nope'");
  });

  test("in conditions too", () => {
    expect(() => evaluateCondition("nested[key].zz", new Scope([variables]))).toThrow(
      "has no attribute 'zz'",
    );
    expect(evaluateCondition("nested[key].zz is defined", new Scope([variables]))).toBe(false);
  });
});

describe("what the engine would get wrong in silence", () => {
  test.each([
    ["{{ 1 / 0 }}", "a number is infinite: is something divided by zero?"],
    ["{{ [1 / 0] }}", "a number is infinite"],
    ["{{ 1 < 3 < 2 }}", "comparisons cannot be chained: join them with 'and'"],
  ])("%s is refused", (source, message) => {
    expect(() => value(source)).toThrow(message);
  });

  test.each<[string, unknown]>([
    ["{{ 1 < 3 and 3 < 4 }}", true],
    ["{{ [1 < 3, 3 < 2] }}", [true, false]],
    ["{{ (1 < 3) == (2 < 3) }}", true],
    ["{% for k in ordered %}{{ k }}{% endfor %}", "za"],
    ["{% for k in ordered if k != 'z' %}{{ k }}{% endfor %}", "a"],
    ["{% for k in (people if no else ordered) %}{{ k }}{% endfor %}", "za"],
    ["{% set a, b = 1, 2 %}{{ a }}{{ b }}", "12"],
  ])("%s", (source, expected) => {
    expect(value(source)).toEqual(expected);
  });

  test("data never passes for keyword arguments", () => {
    const evil = { __kw: true, list_merge: "nope", recursive: true };
    expect(value("{{ {} | combine(evil) }}", { evil })).toEqual(evil);
    expect(value("{{ [{'a': 1}] | map('combine', evil) | first }}", { evil })).toEqual({ a: 1, ...evil });
  });
});

test("`default` does not go through all variables for a name that it need not tell", () => {
  let listed = 0;
  const layer = new Proxy<Record<string, unknown>>(
    { nop: 1 },
    {
      ownKeys: (target) => {
        listed++;
        return Reflect.ownKeys(target);
      },
    },
  );
  const scope = new Scope([layer]);
  expect(evaluate(new Template("{{ nope | default('x') }}"), scope)).toBe("x");
  expect(listed).toBe(0);
  expect(() => evaluate(new Template("{{ nope }}"), scope)).toThrow("did you mean 'nop'?");
});
