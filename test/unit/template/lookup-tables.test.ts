import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseRows } from "../../../src/template/csv.js";
import { evaluate } from "../../../src/template/evaluate.js";
import { Scope } from "../../../src/template/scope.js";
import { Template } from "../../../src/values/template.js";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "farm-tables-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const value = (expression: string, variables = {}): unknown =>
  evaluate(
    new Template(`{{ ${expression} }}`),
    new Scope([variables], {
      directories: [directory],
      text: (path) => readFileSync(path, "utf8"),
      shown: (path) => path,
    }),
  );

test("cells in quotes hold delimiters, newlines and quotes", () => {
  expect(parseRows('a,"b,""c""\nd",\r\n,e\n', ",")).toEqual([
    ["a", 'b,"c"\nd', ""],
    ["", "e"],
  ]);
});

test("ini: defaults, sections, lines that go on, names in any case", () => {
  writeFileSync(
    join(directory, "x.ini"),
    "[DEFAULT]\nport = 1\n[web]\nHost: a:b\nlist = 1\n  2\n; no = comment\n",
  );
  expect(value("lookup('ini', 'HOST section=web file=x.ini')")).toBe("a:b");
  expect(value("lookup('ini', 'host', section='web', file='x.ini', case_sensitive=true, default='-')")).toBe(
    "-",
  );
  expect(value("lookup('ini', 'list section=web file=x.ini')")).toBe("1\n2");
  expect(value("query('ini', 'p|l', section='web', file='x.ini', re=true)")).toEqual(["1", "1\n2"]);
  expect(() => value("lookup('ini', 'x section=no file=x.ini')")).toThrow("finds no section 'no'");
});

test("password: made once, kept where only its owner reads it", () => {
  const made = value("lookup('password', 'secrets/db length=12 chars=digits')");
  expect(made).toMatch(/^\d{12}$/);
  expect(value("lookup('password', 'secrets/db length=30')")).toBe(made);
  expect(statSync(join(directory, "secrets/db")).mode & 0o777).toBe(0o600);
  expect(value("lookup('password', '/dev/null', length=3, chars=['a'])")).toBe("aaa");
  expect(() => value("lookup('password', 'x encrypt=sha512_crypt')")).toThrow("has no 'encrypt'");
});

test("inventory_hostnames: groups, hosts, globs, what is left out", () => {
  const groups = { all: ["a1", "a2", "b1"], web: ["a1", "b1"], old: ["b1"] };
  expect(value("query('inventory_hostnames', 'web:!old')", { groups })).toEqual(["a1"]);
  expect(value("query('inventory_hostnames', 'a?')", { groups })).toEqual(["a1", "a2"]);
  expect(value("query('inventory_hostnames', 'all:&web')", { groups })).toEqual(["a1", "b1"]);
});
