import { expect, test } from "vitest";
import { ConnectionLostError } from "../../../src/errors.js";
import { parseYaml } from "../../../src/load/yaml.js";
import type { FarmEvent } from "../../../src/report/events.js";
import { runTasks, type TaskHost } from "../../../src/tasks/interpreter.js";
import { parseTasks } from "../../../src/tasks/load.js";
import { Scope } from "../../../src/template/scope.js";
import { type ScriptedStep, scriptedShell } from "../../fakes/scripted-shell.js";

const clock = { now: () => 1_000, sleep: async () => undefined };

/** Runs a task file against a scripted guest. */
async function play(yaml: string, steps: readonly ScriptedStep[], vars: Record<string, unknown> = {}) {
  const shell = scriptedShell(steps);
  const events: FarmEvent[] = [];
  const host: TaskHost = {
    name: "vm",
    vm: "vm",
    shell,
    scope: new Scope([vars]),
    registered: {},
    become: { method: "sudo", user: "root", password: "pw" },
    becomeByDefault: false,
  };
  const run = { phase: "main", emit: (event: FarmEvent) => void events.push(event), clock };
  const failure = await runTasks(parseTasks(parseYaml(yaml, "main.yaml"), "main.yaml"), host, run);
  shell.done();
  const ended = events.filter((event) => event.type === "task-ended");
  return { failure, shell, events, ended, registered: host.registered };
}

test("a result has Ansible's fields; what was registered is seen by later tasks", async () => {
  const { ended, failure } = await play(
    "- shell: printf 'a\\nb\\n'\n  register: out\n- debug: {msg: '{{ out.stdout_lines | join(\"+\") }}'}\n",
    [[/^\/bin\/sh -c printf/, "a\nb\n"]],
  );
  expect(failure).toBeUndefined();
  expect(ended[0]).toMatchObject({
    status: "changed",
    position: "main.yaml:1:3",
    result: { rc: 0, stdout: "a\nb", stdout_lines: ["a", "b"], stderr: "", stderr_lines: [], changed: true },
  });
  expect(ended[1]).toMatchObject({ status: "ok", result: { msg: "a+b", changed: false } });
});

test("what a guest says is data: never templated again", async () => {
  const { ended } = await play(
    "- command: cat\n  register: out\n- debug: {msg: 'it says {{ out.stdout }}'}\n",
    [["cat", "{{ 7 * 7 }} {% raw %}"]],
  );
  expect(ended[1]).toMatchObject({ result: { msg: "it says {{ 7 * 7 }} {% raw %}" } });
});

test("the first failure ends the phase", async () => {
  const { failure, ended } = await play("- name: Nope\n  command: 'false'\n- command: 'true'\n", [
    ["false", { code: 1 }],
  ]);
  expect(failure).toEqual({ task: "Nope", message: "non-zero return code: 1" });
  expect(ended).toHaveLength(1);
});

test("when: a false condition skips, a list must hold as a whole", async () => {
  const { ended } = await play(
    "- command: a\n  when: x == 1\n- command: b\n  when: [x == 2, y is defined]\n- command: c\n  when: [x == 2, 'true']\n",
    [["c", ""]],
    { x: 2 },
  );
  expect(ended.map(({ status }) => status)).toEqual(["skipped", "skipped", "changed"]);
});

test("become: the password is no part of argv", async () => {
  const { shell } = await play(
    "- command: id\n  become: true\n- command: id\n  become: yes\n  become_user: bob\n",
    [
      ["id", ""],
      ["id", ""],
    ],
  );
  expect(shell.commands.map(({ become }) => become?.user)).toEqual(["root", "bob"]);
  expect(JSON.stringify(shell.commands.map(({ argv }) => argv))).not.toContain("pw");
});

test("creates skips what is there already, in the task's directory", async () => {
  const { ended, shell } = await play("- command: make chdir=/src creates=out\n", [
    [/^sh -c .* exists out$/s, ""],
  ]);
  expect(shell.commands[0]?.cwd).toBe("/src");
  expect(ended[0]).toMatchObject({
    status: "ok",
    result: { changed: false, stdout: "skipped, since out exists" },
  });
});

test("an undefined variable names itself and its place", async () => {
  const playing = play("- shell: echo {{ projct_id }}\n", [], { project_id: 1 });
  await expect(playing).rejects.toMatchObject({
    message: expect.stringMatching(/projct_id.*did you mean 'project_id'/),
    position: { file: "main.yaml", line: 1 },
  });
});

test("a lost connection is an error, not a failed task", async () => {
  await expect(play("- command: x\n", [["x", new ConnectionLostError("gone")]])).rejects.toThrow(
    ConnectionLostError,
  );
});

test("debug var: a variable that is not there is told, not an error", async () => {
  const { ended } = await play("- debug: {var: nope}\n- debug: {var: a.b}\n", [], { a: { b: 5 } });
  expect(ended.map(({ result }) => [result.nope, result["a.b"]])).toEqual([
    ["VARIABLE IS NOT DEFINED!", undefined],
    [undefined, 5],
  ]);
});
