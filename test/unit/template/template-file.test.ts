import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Scope } from "../../../src/template/scope.js";
import { ANSIBLE_SYNTAX, withSettings } from "../../../src/template/syntax.js";
import { checkFile, renderFile } from "../../../src/template/template-file.js";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "farm-templates-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Renders `main.j2` among other files. */
function rendered(files: Readonly<Record<string, string>>, variables = {}, settings = {}): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  const scope = new Scope([variables], {
    directories: [join(directory, "role"), directory],
    text: (path) => readFileSync(path, "utf8"),
    shown: (path) => path.slice(directory.length + 1),
  });
  const path = join(directory, "main.j2");
  const syntax = withSettings(ANSIBLE_SYNTAX, settings);
  return renderFile({ path, text: files["main.j2"] ?? "" }, scope, { syntax });
}

test("a role's templates come before the play's", () => {
  const files = {
    "main.j2": "{% include 'x.j2' %}\n",
    "role/templates/x.j2": "role\n",
    "templates/x.j2": "play\n",
    "x.j2": "plain\n",
  };
  expect(rendered(files)).toBe("role\n");
});

test("a name that only shows in a loop is found then, with the loop's variables", () => {
  const files = {
    "main.j2": "{% for n in ['a', 'b', 'a'] %}{% include n ~ '.j2' %}{% endfor %}",
    "a.j2": "A{{ n }}{{ loop.index }}",
    "b.j2": "B{{ n }}{% include 'c.j2' %}",
    "c.j2": "c{{ word }}",
  };
  expect(rendered(files, { word: "!" })).toBe("Aa1Bbc!Aa3");
});

test("a template may include itself as far as there is an end to it", () => {
  const files = {
    "main.j2": "{% set n = 3 %}{% include 'tree.j2' %}",
    "tree.j2": "{{ n }}{% if n > 0 %}{% set n = n - 1 %}{% include 'tree.j2' %}{% endif %}",
  };
  expect(rendered(files)).toBe("3210");
  expect(() => rendered({ "main.j2": "{% include 'main.j2' %}" })).toThrow(/include/);
});

test("what a machine said stays text, whatever template shows it", () => {
  const said = "{% include 'secret.j2' %}{{ 7 * 7 }}";
  const files = {
    "main.j2": "{{ said }}|{% include 'inner.j2' %}|{% set again = said %}{{ again }}",
    "inner.j2": "{% filter trim %}{{ said }}{% endfilter %}",
    "secret.j2": "secret",
  };
  expect(rendered(files, { said })).toBe(`${said}|${said}|${said}`);
});

test.each([
  ["one that is missing", "a\n  {% include 'no.j2' %}", "there is no template 'no.j2'", "main.j2", 2, 3],
  ["one above", "{% include '../x' %}", "there is no template '../x'", "main.j2", 1, 1],
  ["one in an included file", "{% include 'bad.j2' %}", "there is no template 'no.j2'", "bad.j2", 3, 2],
  ["an undefined variable", "\nx {{ user.nam }}", "'user' has no attribute 'nam'", "main.j2", 2, 3],
  ["one after a header", "#jinja2: trim_blocks: False\n\n{{ nope }}", "variable 'nope'", "main.j2", 3, 1],
  ["one among statements", "{% if true %}\n{{ nope }}{% endif %}", "variable 'nope'", "main.j2", 2, 1],
  ["a filter's complaint", "{% if true %}\n{{ user | from_json }}{% endif %}", "from_json", "main.j2", 2, 1],
  ["a mistake of syntax", "{% if true %}\n {{ 1 + }}{% endif %}", "syntax error", "main.j2", 2, 2],
  ["an unknown function", "\n{% set x = nope() %}", "unknown function 'nope'", "main.j2", 2, 1],
])("%s is told with its place", (_, main, message, file, line, column) => {
  const files = { "main.j2": main, "bad.j2": "\n\n {% include 'no.j2' %}" };
  let error: unknown;
  try {
    rendered(files, { user: { name: "ann" } });
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({
    message: expect.stringContaining(message),
    position: { file, line, column },
  });
});

test.each([
  ["#jinja2: trim_block: True\nx", "has no setting 'trim_block'; did you mean 'trim_blocks'?"],
  ["#jinja2: trim_blocks: 1\nx", "sets 'trim_blocks' to what it cannot be"],
])("a header that is wrong is told: %s", (main, message) => {
  expect(() => rendered({ "main.j2": main })).toThrow(message);
});

test("marks of any kind, of which the longest counts", () => {
  const settings = {
    block_start_string: "<",
    block_end_string: ">",
    variable_start_string: "<<",
    variable_end_string: ">>",
  };
  const files = { "main.j2": "<if true><< word >>{{ word }}<endif>" };
  expect(rendered(files, { word: "x" }, settings)).toBe("x{{ word }}");
});

test("names are looked at before anything is rendered, in what is included too", () => {
  const files = {
    "main.j2": "{% from 'macros.j2' import field %}\n{{ field(1) }}\n",
    "macros.j2": "{% macro field(a) %}\n{% if false %}{{ a | uper }}{% endif %}\n{% endmacro %}\n",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const search = {
    directories: [directory],
    text: (path: string) => readFileSync(path, "utf8"),
    shown: (path: string) => path.slice(directory.length + 1),
  };
  const check = (text: string) => () => checkFile({ path: join(directory, "main.j2"), text }, search);
  expect(check(files["main.j2"])).toThrow(
    expect.objectContaining({
      message: "unknown filter 'uper'; did you mean 'upper'?",
      position: { file: "macros.j2", line: 2, column: 15 },
    }),
  );
  expect(check("{{ gone }}{{ a | upper }}")).not.toThrow();
});
