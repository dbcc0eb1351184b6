import { expect, test } from "vitest";
import { pathIn, pathName, valueAt, watched } from "../../../src/provision/watched.js";
import { evaluate } from "../../../src/template/evaluate.js";
import { Scope } from "../../../src/template/scope.js";
import { Template } from "../../../src/values/template.js";

const VM = {
  ram: 512,
  "a.b": 1,
  metadata: { name: "x", tmp_dir: "/t/" },
  disks: [{ src: "a" }, { src: "b" }],
};

/** What an expression of a task comes to, and which parts of `vm` it looked at. */
function looking(expression: string) {
  const parts = new Set<string>();
  const vm = watched(VM, ["vm"], (path) => void parts.add(pathName(path)));
  const value = evaluate(new Template(expression, undefined), new Scope([{ vm }]));
  return { value, parts: [...parts] };
}

test.each([
  ["{{ vm.ram }}", 512, ['["vm","ram"]']],
  ["{{ (vm.metadata.tmp_dir, 'x') | path_join }}", "/t/x", ['["vm","metadata","tmp_dir"]']],
  ["{{ vm.disks[1].src }}", "b", ['["vm","disks","1","src"]']],
  ["{{ vm.note | default('none') }}", "none", ['["vm","note"]']],
  ["{{ vm['a.b'] }}", 1, ['["vm","a.b"]']],
])("%s is %j and looks at %j", (expression, value, parts) => {
  const looked = looking(expression);
  expect(looked.value).toBe(value);
  expect(looked.parts).toEqual(expect.arrayContaining(parts));
  expect(looked.parts).not.toContain('["vm"]');
});

test("a whole is looked at as a whole", () => {
  const { value, parts } = looking("{{ vm.metadata }}");
  expect(value).toEqual(VM.metadata);
  expect(parts).toContain('["vm","metadata"]');
});

test("a part is found by its name", () => {
  const path = pathIn(pathName(["vm", "disks", "1", "src"])) ?? [];
  expect(valueAt({ vm: VM }, path)).toBe("b");
  expect(valueAt({ vm: VM }, ["vm", "none", "x"])).toBeUndefined();
  expect(pathIn("ram")).toBeUndefined();
});
