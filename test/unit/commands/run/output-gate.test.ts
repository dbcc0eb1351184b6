import { expect, test } from "vitest";
import { outputGate } from "../../../../src/commands/run/output-gate.js";

test("what is written while the gate is shut comes out in its order when it opens", () => {
  const out: string[] = [];
  const gate = outputGate((text) => out.push(text));
  gate.write("a");
  const open = gate.shut();
  gate.write("b");
  gate.write("c");
  expect(out).toEqual(["a"]);
  open();
  gate.write("d");
  expect(out).toEqual(["a", "b", "c", "d"]);
});
