import { expect, test } from "vitest";
import { asFarmError, describeError } from "../../../../src/errors.js";
import type { Task } from "../../../../src/tasks/task.js";
import { Template } from "../../../../src/values/template.js";
import { readText } from "../../../fakes/play.js";

const parse = async (text: string) => (await readText(text)).steps as readonly Task[];

test("a task by short name, by full name and with free-form arguments", async () => {
  const tasks = await parse(`
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

test("templates survive in free-form arguments", async () => {
  const [task] = await parse("- command: make {{ target }} chdir={{ dir + '/x y' }}\n");
  expect(task?.args).toMatchObject({
    cmd: { source: "make {{ target }}" },
    chdir: { source: "{{ dir + '/x y' }}" },
  });
});

test("an empty file has no tasks", async () => expect(await parse("# nothing yet\n")).toEqual([]));

test.each([
  ["a: 1", "main.yaml:1:1: a task file is a list of tasks"],
  [
    "- debug:\n    msg: '{{ x | uper }}'\n  when: false",
    "main.yaml:2:10: unknown filter 'uper'; did you mean 'upper'?",
  ],
  [
    "- shell: ls\n  until: [a is succeeded, b is changd]",
    "main.yaml:2:27: unknown test 'changd'; did you mean 'changed'?",
  ],
  ["- assert: {that: [a | basenam]}", "main.yaml:1:19: unknown filter 'basenam'; did you mean 'basename'?"],
  [
    "- block: [{shell: ls}]\n  vars: {a: '{{ b | uper }}'}",
    "main.yaml:2:13: unknown filter 'uper'; did you mean 'upper'?",
  ],
  [
    "- hosts: all\n  roles: [{role: r, when: a is changd}]",
    "main.yaml:2:21: unknown test 'changd'; did you mean 'changed'?",
  ],
  ["- shel: ls", "main.yaml:1:3: unknown module or keyword 'shel'; did you mean 'shell'?"],
  ["- shel: ls\n  when: x", "main.yaml:1:3: unknown module or keyword 'shel'; did you mean 'shell'?"],
  [
    "- community.general.pacmann: {name: x}\n  when: x",
    "main.yaml:1:3: unknown module or keyword 'community.general.pacmann'; did you mean 'pacman'?",
  ],
  ...["rpm_key", "ansible.builtin.rpm_key", "some.collection.thing"].map((name) => [
    `- ${name}: {state: present}`,
    `main.yaml:1:3: unknown module or keyword '${name}': a module of Ansible's or of a collection that farm does not have`,
  ]),
  ["- name: x", "main.yaml:1:3: this task names no module to run"],
  ["- shell: ls\n  command: ls", "main.yaml:2:3: a task runs one module, this one names shell and command"],
  ["- shell: {cmd: ls, chdr: /}", "main.yaml:1:20: shell has no argument 'chdr'; did you mean 'chdir'?"],
  [
    "- package: {name: x, enablerpo: y}",
    "main.yaml:1:22: package has no argument 'enablerpo'; did you mean 'enablerepo'?",
  ],
  ["- shell: {chdir: /}", "main.yaml:1:3: shell needs 'cmd'"],
  [
    "- git: {repo: x, dest: y, archive: /z}",
    "main.yaml:1:27: git refuses 'archive': make it with `command: git archive`",
  ],
  ["- shell:", "main.yaml:1:3: shell has no arguments"],
  ["- shell: ls\n  checkpoint: 1", "main.yaml:2:3: 'checkpoint' must be true or false, got 1"],
  [
    "- block:\n    - shell: ls\n      checkpoint: true",
    "main.yaml:3:7: 'checkpoint' is for the tasks that a phase's file itself lists",
  ],
  [
    "- hosts: all\n  tasks:\n    - shell: ls\n      checkpoint: true",
    "main.yaml:4:7: 'checkpoint' is for the tasks that a phase's file itself lists",
  ],
  ["- shell: [ls]", "main.yaml:1:3: shell takes a mapping of arguments, got a list"],
  ["- shell: ls\n  remote_user: x", "main.yaml:2:3: the keyword 'remote_user' is not supported"],
  ["- shell: ls\n  with_itms: [1]", "main.yaml:2:3: unknown loop 'with_itms'; did you mean 'with_items'?"],
  [
    "- shell: ls\n  loop: [1]\n  with_items: [2]",
    "main.yaml:2:3: a task has one loop, this one has loop and with_items",
  ],
  [
    "- shell: ls\n  loop: [1]\n  loop_control: {lopvar: x}",
    "main.yaml:3:18: 'loop_control' has no 'lopvar'; did you mean 'loop_var'?",
  ],
  ["- block: []\n  loop: [1]", "main.yaml:2:3: a block has no keyword 'loop'"],
  ["- import_tasks: nowhere.yaml", "main.yaml:1:3: there is no task file 'nowhere.yaml'"],
  ["- include_tasks: nowhere.yaml", "main.yaml:1:3: there is no task file 'nowhere.yaml'"],
  [
    "- import_tasks: '{{ x }}.yaml'",
    "main.yaml:1:3: import_tasks needs a name without expressions: it is read before anything runs",
  ],
  [
    "- include_role: {name: nope, task_from: x}",
    "main.yaml:1:30: include_role has no argument 'task_from'; did you mean 'tasks_from'?",
  ],
  ["- include_tasks: {fil: x}", "main.yaml:1:19: include_tasks has no argument 'fil'; did you mean 'file'?"],
  [
    "- shell: ls\n  connection: winrm",
    "main.yaml:2:3: 'connection' is local or ssh here, got the text \"winrm\"",
  ],
  ["- hosts: all\n  port: 22", "main.yaml:2:3: the keyword 'port' is not supported"],
  ["- import_playbook: nowhere.yaml", "main.yaml:1:3: there is no task file 'nowhere.yaml'"],
  ["- import_playbook: x.yaml\n  loop: [1]", "main.yaml:2:3: import_playbook has no keyword 'loop'"],
  [
    "- import_playbook: '{{ x }}'",
    "main.yaml:1:3: import_playbook needs a name without expressions: it is read before anything runs",
  ],
  ["- include_role: {name: nope}", "main.yaml:1:3: there is no role 'nope'"],
  [
    "- meta: flush_handlrs",
    "main.yaml:1:3: meta has no action the text \"flush_handlrs\"; did you mean 'flush_handlers'?",
  ],
  ["- hosts: all\n  task: []", "main.yaml:2:3: a play has no keyword 'task'; did you mean 'tasks'?"],
  ["- hosts: all\n  checkpoint: true\n  tasks: []", "main.yaml:2:3: a play has no keyword 'checkpoint'"],
  ["- shell: ls\n  environment: [x]", "main.yaml:2:3: 'environment' must be a mapping, got the text \"x\""],
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
])("%j: %s", async (text, message) => {
  const error: unknown = await parse(text).catch((thrown: unknown) => thrown);
  expect(describeError(asFarmError(error)).split("\n")[0]).toBe(message);
});

test("a module that Ansible has and farm lacks is a mistake only where it is sure to be reached", async () => {
  const file = await readText(`
- rpm_key: state=present key=x
  when: ansible_os_family == 'RedHat'
- when: no
  block:
    - some.collection.thing: one text
- community.mysql.mysql_db: {name: "{{ item }}"}
  loop: "{{ databases }}"
`);
  expect(file.lacking.map(({ name, position }) => `${name} ${position.line}`)).toEqual([
    "rpm_key 2",
    "some.collection.thing 6",
    "community.mysql.mysql_db 7",
  ]);
  const book = await readText("- hosts: all\n  handlers:\n    - name: x\n      win_service: {name: x}\n");
  expect(book.lacking).toHaveLength(1);
});

test("package takes what any package manager takes", async () =>
  expect(
    await parse("- package: {update_cache: true, upgrade: dist, enablerepo: x, pkg: y}\n"),
  ).toMatchObject([{ args: { update_cache: true, upgrade: "dist", enablerepo: "x", name: "y" } }]));

test("loop_control without a loop means nothing", async () =>
  expect(await parse("- shell: ls\n  loop_control: {label: x}\n")).toMatchObject([{ kind: "task" }]));

test("all mistakes of a file are told at once", async () => {
  await expect(parse("- shel: ls\n- debug: {message: x}\n")).rejects.toThrow(/shel.*; .*message/);
});
