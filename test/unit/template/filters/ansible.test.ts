import { afterEach, describe, expect, test } from "vitest";
import { evaluate } from "../../../../src/template/evaluate.js";
import { Scope } from "../../../../src/template/scope.js";
import { Template } from "../../../../src/values/template.js";

/** What Ansible 2.14 makes of the same expressions, but for types: farm keeps them. */
const variables = {
  n: null,
  names: ["b", "a", "C"],
  people: [
    { n: "Bob", age: 30 },
    { n: "al", age: 25, disks: ["x", "y"] },
  ],
  ordered: { z: 1, a: 2, m: [1, "x", null, true] },
  multi: "a\nb\n",
  hostile: { "{{ 1 + 1 }}": "{{ 1 + 1 }}" },
  project_id: "demo",
};
const value = (expression: string, given: Readonly<Record<string, unknown>> = {}) =>
  evaluate(new Template(`{{ ${expression} }}`), new Scope([variables, given]));
const table = (rows: readonly (readonly [string, unknown])[]) =>
  test.each(rows.map((row) => [...row]))("%s", (expression, expected) => {
    expect(value(String(expression))).toEqual(expected);
  });
const failures = (rows: readonly (readonly [string, string])[]) =>
  test.each(rows.map((row) => [...row]))("%s fails", (expression, message) => {
    expect(() => value(String(expression))).toThrow(message);
  });

describe("lists", () => {
  table([
    ["names | max", "C"],
    ["names | min", "a"],
    ["names | min(case_sensitive=true)", "C"],
    ["['a', 'A', 'b', 'a'] | unique", ["a", "b"]],
    ["['a', 'A'] | unique(case_sensitive=true)", ["a", "A"]],
    ["[1, true, '1'] | unique", [1, "1"]],
    ["people | selectattr('disks', 'defined') | map(attribute='n')", ["al"]],
    ["people | selectattr('disks', 'ansible.builtin.undefined') | map(attribute='n')", ["Bob"]],
    [
      "[1, 2, 3] | permutations(2) | list",
      [
        [1, 2],
        [1, 3],
        [2, 1],
        [2, 3],
        [3, 1],
        [3, 2],
      ],
    ],
    [
      "[1, 2, 3] | combinations(2)",
      [
        [1, 2],
        [1, 3],
        [2, 3],
      ],
    ],
    ["[{'p': 'a', 'v': 1}] | rekey_on_member('p')", { a: { p: "a", v: 1 } }],
    ["names.index('a')", 1],
  ]);
  failures([
    ["people | selectattr('disks', 'eq', 1) | list", "'selectattr' found an item without 'disks'"],
    ["range(30) | permutations | list", "'permutations' makes too long a list"],
    ["ordered.update({'k': 1})", "'ordered' does not change in place"],
  ]);
});

describe("texts", () => {
  table([
    ["'Hello' | replace('l', 'L', 1)", "HeLlo"],
    ["'Hello' | replace('l', '$&')", "He$&$&o"],
    ["multi | indent(2)", "a\n  b\n"],
    ["multi | indent(2, first=true)", "  a\n  b\n"],
    ["'a\n\nb' | indent('> ', blank=true)", "a\n> \n> b"],
    ["'hello big world' | truncate(9)", "hello..."],
    ["'hello big world' | truncate(9, true, '')", "hello big"],
    ["'abc' | center(9)", "   abc   "],
    ["'hello big world' | wordwrap(5)", "hello\nbig\nworld"],
    ["'a b/c' | urlencode", "a%20b/c"],
    ["{'a': 'b c'} | urlencode", "a=b+c"],
    ["'a%20b' | urldecode", "a b"],
    ["n | quote", "''"],
    ["multi | comment", "#\n# a\n# b\n# \n#"],
    ["'x' | comment('cblock')", "/*\n *\n * x\n *\n */"],
    ["'x' | comment('plain', prefix='#######\n#', postfix='#\n#######')", "#######\n#\n# x\n#\n#######"],
    ["'x' | comment(decoration='! ', prefix_count=2)", "!\n!\n! x\n!"],
    ["16 | log(2)", 4],
    ["27 | root(3)", 3],
    ["8 | pow(2)", 64],
  ]);
  failures([["'x' | comment('nope')", "takes style: plain, erlang, c, cblock, xml; not 'nope'"]]);
});

describe("regular expressions are Python's", () => {
  test.each<[string, string, unknown]>([
    ["\\bfoo\\b", "a foo b", ["foo"]],
    ["\\bé+\\b", "é aé éé", ["é", "éé"]],
    ["\\w+", "é日本-x", ["é日本", "x"]],
    ["[\\W_]+", "é-_x", ["-_"]],
    ["[^\\W\\d]+", "a1é", ["a", "é"]],
    ["b$", "a\nb\n", ["b"]],
    ["x{,2}y", "xxy", ["xxy"]],
    ["a{", "a{", ["a{"]],
    ["[]a]+", "]a]", ["]a]"]],
    ["\\-\\_\\'\\:", "-_':", ["-_':"]],
    ["(?i)FOO", "Foo", ["Foo"]],
    ["(?x) a  b # c", "ab", ["ab"]],
    ["(?P<q>.)(?P=q)", "aab", ["a"]],
    ["(?#c)a", "a", ["a"]],
    ["\\Aa|b\\Z", "ab", ["a", "b"]],
  ])("%s in %j", (pattern, text, expected) => {
    expect(value("text | regex_findall(pattern)", { pattern, text })).toEqual(expected);
  });
  table([
    ["'a b' | regex_search('\\bb')", "b"],
    ["'a.b[]' | regex_escape('posix_basic')", "a\\.b\\[\\]"],
    ["'Foo' is match('(?i)fOO')", true],
    ["'foo bar' is regex('foo', match_type='fullmatch')", false],
    ["'foo' is regex('f|foo', match_type='fullmatch')", true],
  ]);
  failures([
    ["'x' | regex_search('(')", "which is no regular expression"],
    ["'x' is regex('x', match_type='nope')", "takes match_type: search, match, fullmatch; not 'nope'"],
  ]);
});

describe("encodings", () => {
  table([
    ["ordered | to_yaml", "a: 2\nm: [1, x, null, true]\nz: 1\n"],
    ["ordered | to_nice_yaml(sort_keys=false)", "z: 1\na: 2\nm:\n- 1\n- x\n- null\n- true\n"],
    [
      "{'a': {'b': [{'c': 1, 'd': [1, 2]}, []], 'e': {}}} | to_nice_yaml",
      "a:\n    b:\n    -   c: 1\n        d:\n        - 1\n        - 2\n    - []\n    e: {}\n",
    ],
    [
      "['yes', 'a: b', '', '1', 1.5, 'x # y', '- a', 'é', '@x', multi, '😀'] | to_nice_yaml",
      "- 'yes'\n- 'a: b'\n- ''\n- '1'\n- 1.5\n- 'x # y'\n- '- a'\n- é\n- '@x'\n- 'a\n\n    b\n\n    '\n- \"\\U0001F600\"\n",
    ],
    [
      "{'a': 'word ' * 20} | to_nice_yaml(width=40)",
      "a: 'word word word word word word word word\n    word word word word word word word word\n    word word word word '\n",
    ],
    ["'x' | to_yaml", "x\n"],
    ["'é' | to_json(ensure_ascii=false)", '"é"'],
    ["{'a': 1e20} | to_json", '{"a": 1e+20}'],
    ["'a: 2001-01-01' | from_yaml", { a: "2001-01-01" }],
    ["hostile | to_yaml | from_yaml", { "{{ 1 + 1 }}": "{{ 1 + 1 }}" }],
    [
      "'abc' | password_hash('sha512', 'saltsalt')",
      "$6$saltsalt$mXmsbOzRhx9FdAbQCUHYMV8i33aUx8FUsjR813r/Te3OUwcAdbwkebLKfLOfUCihpvpN7Ji1TH3bltSG02PNE1",
    ],
    ["'x' | to_uuid", "66b2f013-1baa-5313-9c8c-e6f1182e0e90"],
  ]);
  failures([
    ["'a: [' | from_yaml", "'from_yaml' was given a text that is not YAML: text:1:"],
    ["'a: !x 1' | from_yaml", "unknown YAML tag !x"],
    ["'x' | password_hash('md5')", "makes sha512 and sha256, not 'md5'"],
    ["'x' | password_hash(rounds=1)", "makes 1000 to 1000000 rounds"],
    ["'x' | password_hash('sha512', 'a$b')", "needs a salt of 1 to 16 letters"],
  ]);
});

describe("sizes and versions", () => {
  table([
    ["'10GB' | human_to_bytes", 10737418240],
    ["'10Mb' | human_to_bytes(isbits=true)", 10485760],
    ["'1.0a1' is version('1.0', '<', strict=true)", true],
    ["'1.2' is version('1.2.0', '==', strict=true)", true],
    ["'2.0rc1' is version('2.0', '<', version_type='pep440')", true],
    ["'2.0.dev1' is version('2.0a1', '<', version_type='pep440')", true],
    ["'2.0.post1' is version('2.0', '>', version_type='pep440')", true],
    ["'1!1.0' is version('2.0', '>', version_type='pep440')", true],
    ["'1.0.0-beta.2' is version('1.0.0-beta.11', '<', version_type='semver')", true],
    ["'off' is truthy(convert_bool=true)", false],
    ["'off' is falsy(convert_bool=true)", true],
    ["'off' is truthy", true],
    ["'http://x.y/z' is url", true],
    ["'mailto:x' is url", false],
    ["'mailto:x' is uri", true],
  ]);
  failures([
    ["'10Mb' | human_to_bytes", "cannot read the size '10Mb'"],
    ["'10 zz' | human_to_bytes", "cannot read the size '10 zz'"],
    ["'x' is version('1.0', strict=true)", "'x' is not a strict version"],
    ["'1' is version('1', version_type='nope')", "'nope' is no version_type"],
  ]);
});

describe("times", () => {
  const zone = process.env.TZ;
  afterEach(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });
  table([
    ["('2016-08-14 20:00:12' | to_datetime).year", 2016],
    ["'2016-08-14 20:00:12' | to_datetime", "2016-08-14 20:00:12"],
    [
      "('2016-08-14 20:00:12' | to_datetime) - ('2015-12-25' | to_datetime('%Y-%m-%d'))",
      "233 days, 20:00:12",
    ],
    [
      "(('2016-08-14 20:00:12' | to_datetime) - ('2015-12-25' | to_datetime('%Y-%m-%d'))).total_seconds()",
      20203212,
    ],
    ["(('2016-08-14 20:00:12' | to_datetime) - ('2015-12-25 18:00:00' | to_datetime)).days", 233],
    ["('14 Aug 2016 08:00 PM' | to_datetime('%d %b %Y %I:%M %p')).strftime('%F %T')", "2016-08-14 20:00:00"],
    ["now(utc=true).year > 2000", true],
    ["now(fmt='%Y') | int - now().year", 0],
    [
      "'%a %e %j %U %W %u %w %y %I %p %G %V %C %k %%' | strftime(1441357287, utc=true)",
      "Fri  4 247 35 35 5 5 15 09 AM 2015 36 20  9 %",
    ],
  ]);
  failures([["'x' | to_datetime", "cannot read the time 'x' as '%Y-%m-%d %H:%M:%S'"]]);
  test("strftime is by the clock here, unless it is told to be UTC's", () => {
    process.env.TZ = "Europe/Rome";
    expect(value("'%H %z %Z' | strftime(1441357287)")).toBe("11 +0200 CEST");
    expect(value("'%H %z %Z' | strftime(1441357287, true)")).toBe("09 +0000 UTC");
  });
});

describe("lookups", () => {
  table([
    ["query('sequence', 'start=1 end=3 format=x%02d')", ["x01", "x02", "x03"]],
    ["query('sequence', count=2, start=10, stride=5)", ["10", "15"]],
    ["query('sequence', '4-8/2')", ["4", "6", "8"]],
    ["lookup('vars', 'project_' ~ 'id')", "demo"],
    ["lookup('vars', 'nope', default='d')", "d"],
    ["query('varnames', '^project_')", ["project_id"]],
    ["query('items', [1, 2], 3)", [1, 2, 3]],
    [
      "query('nested', [1, 2], [3])",
      [
        [1, 3],
        [2, 3],
      ],
    ],
    [
      "query('together', [1, 2], [3])",
      [
        [1, 3],
        [2, null],
      ],
    ],
    ["query('indexed_items', ['a'])", [[0, "a"]]],
    ["query('subelements', people, 'disks', {'skip_missing': true}) | map('last')", ["x", "y"]],
    ["lookup('file', '/nonexistent', errors='ignore')", ""],
  ]);
  failures([
    ["lookup('vars', 'projct_id')", "finds no variable 'projct_id'; did you mean 'project_id'?"],
    ["lookup('sequence', 'end=x')", "cannot read the sequence"],
    ["query('sequence', 'end=99999999')", "makes too long a list"],
  ]);
});
