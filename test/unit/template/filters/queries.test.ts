import { expect, test } from "vitest";
import { asFarmError } from "../../../../src/errors.js";
import { evaluate } from "../../../../src/template/evaluate.js";
import { Scope } from "../../../../src/template/scope.js";
import { Template } from "../../../../src/values/template.js";

const scope = new Scope([
  {
    hosts: [
      { name: "a", up: true },
      { name: "b", up: false },
    ],
    xml: '<a id="1"><b>x</b><b>y</b><c/><d k="v">t</d></a>',
    address: "https://user:p%40ss@host.example:8443/a/b?q=1&r=2#end",
  },
]);
const value = (expression: string) => evaluate(new Template(`{{ ${expression} }}`), scope);

test.each([
  ["hosts | json_query('[?up].name')", ["a"]],
  ["hosts | community.general.json_query('[].{n: name}')", [{ n: "a" }, { n: "b" }]],
  ["hosts | json_query('[0].nothing')", null],
  ["xml | from_xml", { a: { "@id": "1", b: ["x", "y"], c: null, d: { "@k": "v", "#text": "t" } } }],
  ["xml | from_xml | to_xml | from_xml == xml | from_xml", true],
  [
    "{'a': {'@k': '1', 'b': 2}} | to_xml",
    '<?xml version="1.0" encoding="utf-8"?>\n<a k="1">\n\t<b>2</b>\n</a>',
  ],
  ["address | urlsplit('hostname')", "host.example"],
  ["address | urlsplit('port')", 8443],
  ["address | urlsplit('query')", "q=1&r=2"],
  ["(address | urlsplit).path", "/a/b"],
  ["'/only/a/path' | urlsplit('netloc')", ""],
  ["lookup('pipe', 'printf a; printf b')", "ab"],
  ["query('lines', 'printf \"a\\nb\\n\"')", ["a", "b"]],
  ["lookup('index_of', hosts, 'eq', 'b', 'name')", 1],
  ["lookup('index_of', [1, 2, 1], 'eq', 1)", [0, 2]],
])("%s", (expression, expected) => expect(value(expression)).toEqual(expected));

test.each([
  ["hosts | json_query('[?')", /cannot evaluate the query '\[\?'/],
  ["'no XML' | from_xml", /needs XML/],
  ["'<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>' | from_xml", /document type/],
  ["{'a': 1, 'b': 2} | to_xml", /one key/],
  ["address | urlsplit('host')", /knows no part 'host'/],
  ["lookup('pipe', 'echo why >&2; exit 3')", /exit status 3: why/],
  ["lookup('template', 'nowhere.j2')", /cannot read the template 'nowhere.j2'/],
])("%s is refused", (expression, message) => {
  let said = "";
  try {
    value(expression);
  } catch (error) {
    said = asFarmError(error).message;
  }
  expect(said).toMatch(message);
});
