import { expect, test } from "vitest";
import { findModule } from "../../../../src/tasks/modules/registry.js";
import { freeFormArgs } from "../../../../src/tasks/read/free-form.js";
import { Template } from "../../../../src/values/template.js";
import { parseYaml } from "../../../../src/yaml/yaml.js";

const read = (module: string, text: string) => {
  const found = findModule(module);
  if (!found) throw new Error(`no module ${module}`);
  const value = parseYaml(`- ${JSON.stringify(text)}`, "f.yaml") as [string | Template];
  const plain = (each: unknown) => (each instanceof Template ? each.source : each);
  return Object.fromEntries(
    Object.entries(freeFormArgs(found, value[0])).map(([name, each]) => [name, plain(each)]),
  );
};

test.each<[string, string, Record<string, string>]>([
  ["debug", "msg=hello", { msg: "hello" }],
  [
    "debug",
    `msg="{{ all | map(attribute='path') | list }} {{ n }}"`,
    { msg: "{{ all | map(attribute='path') | list }} {{ n }}" },
  ],
  [
    "debug",
    `msg="a {{ b | default("c d") }}" verbosity=1`,
    { msg: `a {{ b | default("c d") }}`, verbosity: "1" },
  ],
  ["debug", `msg='{{ b | default('c') }}'`, { msg: "{{ b | default('c') }}" }],
  ["debug", `msg="{{ a"`, { msg: "{{ a" }],
  ["debug", "msg={{ a ~ ' b' }}", { msg: "{{ a ~ ' b' }}" }],
  ["debug", "var=result.stdout", { var: "result.stdout" }],
  ["debug", "just a text", { msg: "just a text" }],
  ["command", "make chdir=/src creates=a.out", { cmd: "make", chdir: "/src", creates: "a.out" }],
  ["command", "env A=b make", { cmd: "env A=b make" }],
  ["include_vars", "dir=vars name=all", { dir: "vars", name: "all" }],
])("%s: %s", (module, text, args) => {
  expect(read(module, text)).toEqual(args);
});
