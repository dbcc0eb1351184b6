import { expect, test } from "vitest";
import { asFarmError, describeError } from "../../../src/errors.js";
import { parseYaml } from "../../../src/load/yaml.js";
import { parseTasks } from "../../../src/tasks/load.js";
import { Template } from "../../../src/template/template.js";

const parse = (text: string) => parseTasks(parseYaml(text, "main.yaml"), "main.yaml");

test("a task by short name, by full name and with free-form arguments", () => {
  const tasks = parse(`
- name: One
  shell: make -j2 chdir=/src creates="a b" CFLAGS=-O2
  register: made
- ansible.builtin.command: {cmd: id, chdir: "{{ dir }}"}
- raw: echo creates=x
- debug: hello
`);
  expect(tasks.map(({ name }) => name)).toEqual([
    "One",
    "ansible.builtin.command",
    "raw: echo creates=x",
    "debug: hello",
  ]);
  expect(tasks[0]).toMatchObject({
    args: { cmd: "make -j2 CFLAGS=-O2", chdir: "/src", creates: "a b" },
    register: "made",
    position: { file: "main.yaml", line: 2, column: 3 },
  });
  expect(tasks[1]?.args).toMatchObject({ cmd: "id", chdir: new Template("{{ dir }}", expect.anything()) });
  expect(tasks[2]?.args).toEqual({ cmd: "echo creates=x" });
});

test("templates survive in free-form arguments", () => {
  const [task] = parse("- command: make {{ target }} chdir={{ dir + '/x y' }}\n");
  expect(task?.args).toMatchObject({
    cmd: { source: "make {{ target }}" },
    chdir: { source: "{{ dir + '/x y' }}" },
  });
});

test("an empty file has no tasks", () => expect(parse("# nothing yet\n")).toEqual([]));

test.each([
  ["a: 1", "main.yaml:1:1: a task file is a list of tasks"],
  ["- shel: ls", "main.yaml:1:3: unknown module or keyword 'shel'; did you mean 'shell'?"],
  ["- name: x", "main.yaml:1:3: this task names no module to run"],
  ["- shell: ls\n  command: ls", "main.yaml:2:3: a task runs one module, this one names shell and command"],
  ["- shell: {cmd: ls, chdr: /}", "main.yaml:1:20: shell has no argument 'chdr'; did you mean 'chdir'?"],
  ["- shell: {chdir: /}", "main.yaml:1:3: shell needs 'cmd'"],
  ["- shell:", "main.yaml:1:3: shell has no arguments"],
  ["- shell: [ls]", "main.yaml:1:3: shell takes a mapping of arguments, got a list"],
  ["- shell: ls\n  loop: [1]", "main.yaml:2:3: the task keyword 'loop' is not supported yet"],
  [
    "- shell: ls\n  register: a b",
    "main.yaml:2:3: 'register' must be the name of a variable, got the text \"a b\"",
  ],
  ["- shell: ls\n  name: [x]", "main.yaml:2:3: 'name' must be a text, got a list"],
  [
    "- debug: {var: '{{ x }}'}",
    "main.yaml:1:11: 'var' of debug is an expression already: write it without {{ }}",
  ],
  ["- 5", "main.yaml:1:3: a task is a mapping, got 5"],
])("%j: %s", (text, message) => {
  let said = "";
  try {
    parse(text);
  } catch (error) {
    said = describeError(asFarmError(error)).split("\n")[0] ?? "";
  }
  expect(said).toBe(message);
});

test("all mistakes of a file are told at once", () => {
  expect(() => parse("- shel: ls\n- debug: {message: x}\n")).toThrow(/shel.*; .*message/);
});
