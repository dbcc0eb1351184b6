import { expect, it } from "vitest";
import { localFacts } from "../../../../src/tasks/facts/local-facts.js";

it("a machine's own facts are JSON or INI, and what is neither is told", () => {
  const said = `=a
:{"x": [1]}
:
:0
=b
:[one]
:Key = v
:
:0
=c
:no facts
:
:0
=d
:{}
:
:3
=__proto__
:{"y": 1}
:
:0
stray`;
  const facts = localFacts(said.split("\n"));
  expect(Object.entries(facts)).toEqual([
    ["a", { x: [1] }],
    ["b", { one: { key: "v" } }],
    ["c", "error loading facts as JSON or ini - please check content: c.fact"],
    ["d", "Failure executing fact script (d.fact), rc: 3"],
    ["__proto__", { y: 1 }],
  ]);
  expect(localFacts([])).toEqual({});
});
