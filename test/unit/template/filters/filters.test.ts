import { describe, expect, test } from "vitest";
import { evaluate } from "../../../../src/template/evaluate.js";
import { Scope } from "../../../../src/template/scope.js";
import { Template } from "../../../../src/values/template.js";

const value = (expression: string) => evaluate(new Template(`{{ ${expression} }}`), new Scope([{ n: null }]));
const table = (rows: readonly (readonly [string, unknown])[]) =>
  test.each(rows.map((row) => [...row]))("%s", (expression, expected) => {
    expect(value(String(expression))).toEqual(expected);
  });

/** Computed with CPython 3.11's random module, as Ansible calls it. */
describe("random, by CPython's seeds", () => {
  table([
    ["65535 | random(start=2201, seed='VM debian_12_amd64')", 50205],
    ["'52:54:00' | random_mac(seed='VM debian_12_amd64')", "52:54:00:e6:bb:84"],
    ["10 | random(seed='a')", 4],
    ["100 | random(1, 10, seed='é')", 61],
    ["60 | random(seed=42)", 40],
    ["1000000 | random(seed=5000000000)", 90869],
    ["4000000000 | random(seed='')", 1951988028],
    ["['a', 'b', 'c'] | random(seed='x')", "c"],
    ["range(8) | shuffle(seed='seed')", [3, 6, 5, 4, 7, 1, 0, 2]],
    ["'52' | random_mac(seed='host')", "52:62:17:96:2f:e6"],
    ["100 | random(seed=1.5)", 70],
    ["100 | random(seed=-5)", 79],
    ["100 | random(seed=true)", 17],
    ["9007199254740991 | random(seed='a') > 4294967296", true],
  ]);
  test("stays in its range without a seed", () => {
    expect([0, 5]).toContain(value("10 | random(step=5)"));
    expect(value("'52:54:00' | community.general.random_mac")).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
  });
});

describe("combine", () => {
  const a = "{'a': {'x': 'default', 'y': 'default', 'list': ['default']}, 'b': 'default'}";
  const b = "{'a': {'y': 'patch', 'z': 'patch', 'list': ['patch']}}";
  const merged = (list: string[]) => ({ a: { x: "default", y: "patch", list, z: "patch" }, b: "default" });
  table([
    [`${a} | combine(${b})`, { a: { y: "patch", z: "patch", list: ["patch"] }, b: "default" }],
    [`${a} | combine(${b}, recursive=true)`, merged(["patch"])],
    [`${a} | combine(${b}, recursive=true, list_merge='keep')`, merged(["default"])],
    [`${a} | combine(${b}, recursive=true, list_merge='append')`, merged(["default", "patch"])],
    [`${a} | combine(${b}, recursive=true, list_merge='prepend')`, merged(["patch", "default"])],
    [`[${a}, ${b}] | combine(recursive=true)`, merged(["patch"])],
    [
      "{'a': [1, 1, 2, 3]} | combine({'a': [3, 4, 5, 5]}, list_merge='append_rp')",
      { a: [1, 1, 2, 3, 4, 5, 5] },
    ],
    [
      "{'a': [1, 1, 2, 3]} | combine({'a': [3, 4, 5, 5]}, list_merge='prepend_rp')",
      { a: [3, 4, 5, 5, 1, 1, 2] },
    ],
  ]);
});

describe("lists and mappings", () => {
  table([
    ["{'Application': 'payment'} | dict2items", [{ key: "Application", value: "payment" }]],
    ["{'u': 'a'} | dict2items(key_name='file', value_name='path')", [{ file: "u", path: "a" }]],
    ["[{'key': 'A', 'value': 1}] | items2dict", { A: 1 }],
    ["[{'f': 'A', 'c': 1}] | items2dict(key_name='f', value_name='c')", { A: 1 }],
    ["[3, [4, 2]] | flatten", [3, 4, 2]],
    ["[3, [4, [2]]] | flatten(levels=1)", [3, 4, [2]]],
    ["[3, n, [4, [2]]] | flatten(levels=1, skip_nulls=false)", [3, null, 4, [2]]],
    ["[1, 2, 5, 1, 3, 4, 10] | unique", [1, 2, 5, 3, 4, 10]],
    ["[1, 2, 5, 1] | union([1, 2, 3])", [1, 2, 5, 3]],
    ["[1, 2, 5, 1, 3] | intersect([1, 2, 3, 11])", [1, 2, 3]],
    ["[1, 2, 5, 1, 10] | difference([1, 2])", [5, 10]],
    ["[1, 2, 5] | symmetric_difference([1, 2, 11])", [5, 11]],
    [
      "[1, 2, 3] | zip(['a', 'b', 'c']) | list",
      [
        [1, "a"],
        [2, "b"],
        [3, "c"],
      ],
    ],
    [
      "[1, 2] | zip_longest(['a'], fillvalue='X') | list",
      [
        [1, "a"],
        [2, "X"],
      ],
    ],
    ["['foo', 'bar'] | product(['com']) | map('join', '.') | join(',')", "foo.com,bar.com"],
    ["['a', 'b'] | index_of('eq', 'b')", 1],
    ["0 | extract(['a', 'b'])", "a"],
    ["'k' | extract({'k': {'x': 9}}, 'x')", 9],
    [
      "{'b': 1, 'a': 2} | dictsort",
      [
        ["a", 2],
        ["b", 1],
      ],
    ],
    ["['B', 'a'] | sort", ["a", "B"]],
    ["[{'s': 2}, {'s': 1}] | sort(attribute='s') | map(attribute='s') | list", [1, 2]],
    ["[3, 1, 2] | sort(reverse=true)", [3, 2, 1]],
    ["[{'g': 1, 'v': 'a'}, {'g': 1, 'v': 'b'}] | groupby('g') | map('first') | list", [1]],
    ["[1, 2] | sum", 3],
    ["[[1], [2]] | sum(start=[])", [1, 2]],
    ["[3, 1] | min", 1],
    ["[3, 1] | max", 3],
    ["[true, n, 1] | join(',')", "True,None,1"],
    ["[1, 2, 3] | first", 1],
    ["[1, 2, 3] | last", 3],
  ]);
});

describe("text, paths and regular expressions", () => {
  table([
    ["true | ternary('a', 'b')", "a"],
    ["n | ternary('a', 'b', 'c')", "c"],
    ["['/etc', 'apache2', 'mods'] | path_join", "/etc/apache2/mods"],
    ["['/etc', '/abs'] | path_join", "/abs"],
    ["'/etc/asdf/foo.txt' | basename", "foo.txt"],
    ["'/etc/asdf/foo.txt' | dirname", "/etc/asdf"],
    ["'nginx.conf' | splitext", ["nginx", ".conf"]],
    ["'/a.b/.rc' | splitext", ["/a.b/.rc", ""]],
    ["'foobar' | regex_search('(foo)')", "foo"],
    ["'foobar' | regex_search('(zzz)')", null],
    ["'server1/database42' | regex_search('server([0-9]+)/database([0-9]+)', '\\1', '\\2')", ["1", "42"]],
    ["'21/42' | regex_search('(?P<d>[0-9]+)/(?P<n>[0-9]+)', '\\g<d>', '\\g<n>')", ["21", "42"]],
    ["'ansible' | regex_replace('^a.*i(.*)$', 'a\\1')", "able"],
    [
      "'localhost:80' | regex_replace('^(?P<host>.+):(?P<port>\\d+)$', '\\g<host>, \\g<port>')",
      "localhost, 80",
    ],
    ["'FOO' | regex_search('foo', ignorecase=True)", "FOO"],
    ["'CAR tar' | regex_findall('^.ar$', multiline=True, ignorecase=True)", []],
    ["'8.8.8.8 and 8.8.4.4' | regex_findall('\\b(?:[0-9]{1,3}\\.){3}[0-9]{1,3}\\b')", ["8.8.8.8", "8.8.4.4"]],
    // Only a line feed ends a line.
    ["'a\rb' | regex_search('^b')", null],
    ["'a\rb\nc' | regex_findall('^.+$', multiline=true)", ["a\rb", "c"]],
    ["'a\r\nb' | regex_replace('(?m)$', '!')", "a\r!\nb!"],
    ["'a\u2028b' | regex_search('a.b')", "a\u2028b"],
    ["'a\nb' | regex_search('(?s)a.b')", "a\nb"],
    ["'^f.*o(.*)$' | regex_escape", "\\^f\\.\\*o\\(\\.\\*\\)\\$"],
    ['"it\'s" | quote', `'it'"'"'s'`],
    ["'a/b-c' | quote", "a/b-c"],
    ["'' | quote", "''"],
    ["'yes' | bool", true],
    ["'x' | bool", false],
    ["'0x1f' | int(base=16)", 31],
    ["'3.9' | int", 3],
    ["'x' | int(7)", 7],
    ["2.5 | round", 2],
    ["42.55 | round(1, 'floor')", 42.5],
    ["'a' | type_debug", "str"],
    ["'Plain style' | comment", "#\n# Plain style\n#"],
    ["'x y' | title", "X Y"],
    ["'a-b' | replace('-', '_')", "a_b"],
    ["' x ' | trim", "x"],
    ["'a,b' | split(',')", ["a", "b"]],
  ]);
});

describe("encodings and units", () => {
  table([
    ["'ansible' | b64encode", "YW5zaWJsZQ=="],
    ["'YW5zaWJsZQ==' | b64decode", "ansible"],
    ["'test1' | hash('sha1')", "b444ac06613fc8d63795be9ad0beaf55011936ac"],
    ["'test1' | hash('md5')", "5a105e8b9d40e1329780d62ea2265d8a"],
    ["'test2' | checksum", "109f4b3c50d7b0df729d299bc6f8e9ef9066971f"],
    ["{'a': [1, n, true, 'é']} | to_json", '{"a": [1, null, true, "\\u00e9"]}'],
    ["{'b': [1], 'a': {}} | to_nice_json", '{\n    "a": {},\n    "b": [\n        1\n    ]\n}'],
    ["'{\"a\": [1]}' | from_json", { a: [1] }],
    ["'a: [1, yes]' | from_yaml", { a: [1, true] }],
    ["{'b': [1, 'x'], 'a': {'k': 'yes'}} | to_nice_yaml", "a:\n    k: 'yes'\nb:\n- 1\n- x\n"],
    ["10 | human_readable", "10.00 Bytes"],
    ["1000000000 | human_readable", "953.67 MB"],
    ["10000 | human_readable(isbits=true, unit='K')", "9.77 Kb"],
    ["'1.5K' | human_to_bytes", 1536],
    ["'10' | human_to_bytes(default_unit='M')", 10485760],
    ["'%Y-%m-%d %H:%M:%S' | strftime(1441357287, utc=true)", "2015-09-04 09:01:27"],
    ["'2016-08-14 20:00:12' | to_datetime", "2016-08-14 20:00:12"],
  ]);
});

describe("tests", () => {
  table([
    ["'foo123' is match('foo')", true],
    ["'xfoo' is match('foo')", false],
    ["'xfoo' is search('FOO', ignorecase=true)", true],
    ["'xfoo' is regex('fo+$')", true],
    ["'12.04' is version('12.4', '==')", true],
    ["'1.10' is version('1.9', '>')", true],
    ["'1.0.0-rc1' is version('1.0.0', 'lt', version_type='semver')", true],
    ["[1] is subset([1, 2])", true],
    ["[1, 2] is superset([3])", false],
    ["['a'] is contains('a')", true],
    ["{'failed': true} is failed", true],
    ["{'rc': 0} is succeeded", true],
    ["{'skipped': true} is skipped", true],
    ["{'changed': false} is changed", false],
    ["'x' is truthy", true],
    ["[] is falsy", true],
    ["'a' is not none", true],
  ]);
});
