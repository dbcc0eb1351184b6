import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate } from "../../../src/template/evaluate.js";
import { Scope } from "../../../src/template/scope.js";
import { Template, templateOr } from "../../../src/values/template.js";

const t = (source: string) => new Template(source);

describe("a scope", () => {
  test("later layers win, and earlier values see them", () => {
    const scope = new Scope([{ a: t("{{ b }}!"), b: 1 }]);
    expect(scope.get("a")).toBe("1!");
    expect(scope.child({ b: 2 }).get("a")).toBe("2!");
    expect(scope.get("a")).toBe("1!");
    expect(scope.has("c")).toBe(false);
    expect([...scope.child({ c: 1 }).names()]).toEqual(["a", "b", "c"]);
  });

  test("evaluates each Template once", () => {
    const scope = new Scope([{ a: t("{{ 1000000000 | random }}"), both: [t("{{ a }}"), t("{{ a }}")] }]);
    const [first, second] = scope.get("both") as unknown[];
    expect(first).toBe(second);
  });

  test("tells a cycle by its names", () => {
    const scope = new Scope([{ a: t("{{ b }}"), b: t("x{{ c.d }}"), c: { d: t("{{ a | upper }}") } }]);
    expect(() => scope.get("a")).toThrow("variable 'a' refers to itself: a -> b -> c.d -> a");
    expect(() => new Scope([{ a: t("{{ a }}") }]).get("a")).toThrow("variable 'a' refers to itself: a -> a");
  });

  test("lets a mapping refer to other parts of itself", () => {
    const vm = {
      metadata: {
        tmp_dir: t("/tmp/{{ vm.metadata.name }}"),
        name: t("{{ platform }}-x"),
        sources: [{ x: 1 }],
      },
      disks: [{ src: t("{{ vm.metadata.tmp_dir }}/{{ vm.metadata.sources[0].x }}.img") }],
    };
    expect(new Scope([{ vm, platform: "debian" }]).get("vm")).toEqual({
      metadata: { tmp_dir: "/tmp/debian-x", name: "debian-x", sources: [{ x: 1 }] },
      disks: [{ src: "/tmp/debian-x/1.img" }],
    });
  });

  test("looks up only what is reached", () => {
    const scope = new Scope([{ a: t("{{ 1 if true else broken }}"), broken: t("{{ nope }}") }]);
    expect(scope.get("a")).toBe(1);
    expect(() => scope.get("broken")).toThrow("undefined variable 'nope'");
  });

  test("refuses endless chains in plain words", () => {
    const chain = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`v${index}`, t(`{{ v${index + 1} | int }}`)]),
    );
    expect(() => new Scope([chain]).get("v0")).toThrow("variables refer to each other too deeply");
  });
});

describe("data", () => {
  const marks = fc.constantFrom(
    "{{ 1 + 1 }}",
    "{% if true %}x{% endif %}",
    "{# c #}",
    "{{",
    "}}",
    "{{ boom }}",
    "'",
    '"',
    "\\",
  );
  const hostile = fc.array(fc.oneof(marks, fc.string()), { maxLength: 5 }).map((parts) => parts.join(""));

  test("is never evaluated, wherever it goes", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const scope = new Scope([{ data: text, list: [text], map: { [`k${text}`]: text } }]);
        expect(evaluate(text, scope)).toBe(text);
        expect(scope.get("list")).toEqual([text]);
        expect(evaluate(t("{{ data }}"), scope)).toBe(text);
        expect(evaluate(t("<{{ data }}>"), scope)).toBe(`<${text}>`);
        expect(evaluate(t("{{ data ~ '' }}"), scope)).toBe(text);
        expect(evaluate(t("{{ list | first }}"), scope)).toBe(text);
        expect(evaluate(t("{% if true %}{{ data }}{% endif %}"), scope)).toBe(text);
        expect(evaluate(t("{{ map | combine({}) }}"), scope)).toEqual({ [`k${text}`]: text });
      }),
    );
  });

  test("only marks make a Template", () => {
    expect(templateOr("a")).toBe("a");
    expect(templateOr("{{ a }}")).toBeInstanceOf(Template);
  });
});
