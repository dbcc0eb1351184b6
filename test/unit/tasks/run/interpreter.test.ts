import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConnectionLostError } from "../../../../src/errors.js";
import { runTasks } from "../../../../src/tasks/run/interpreter.js";
import { World } from "../../../../src/tasks/run/world.js";
import type { Handler } from "../../../../src/tasks/task.js";
import { localShell } from "../../../../src/transport/local-shell.js";
import { play, readText, sessionOn, steppingClock } from "../../../fakes/play.js";
import { scriptedShell } from "../../../fakes/scripted-shell.js";

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

test("rescue is told the failed task's name, which may be none, with a loop as it is written; and its module", async () => {
  const rescued = (task: string) =>
    `- block: [${task}]\n  rescue: [{ debug: { msg: "[{{ ansible_failed_task.name }}] {{ ansible_failed_task.action }}" } }]\n`;
  const { ended } = await play(
    [
      "{ command: 'false' }",
      '{ name: "{{ 1 + 1 }}", ansible.builtin.fail: {} }',
      '{ name: "{{ 1 + 1 }}", fail: {}, loop: [1] }',
      "{ include_tasks: '{{ none }}' }",
    ]
      .map(rescued)
      .join(""),
    [["false", { code: 1 }]],
  );
  expect(ended.filter(({ status }) => status === "ok").map(({ result }) => result["msg"])).toEqual([
    "[] command",
    "[2] ansible.builtin.fail",
    "[{{ 1 + 1 }}] fail",
    "[] include_tasks",
  ]);
});

test("when: a false condition skips, a list must hold as a whole", async () => {
  const { ended } = await play(
    "- command: a\n  when: x == 1\n- command: b\n  when: [x == 2, y is defined]\n- command: c\n  when: [x == 2, 'true']\n",
    [["c", ""]],
    { vars: { x: 2 } },
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

test.each(["sudo", "su"])("become: a machine without %s says so", async (method) => {
  for (const said of [`sh: 1: exec: ${method}: not found`, `sh: exec: line 0: ${method}: not found`]) {
    const { messages } = await play(
      `- command: id\n  become: true\n  become_user: bob\n  become_method: ${method}\n`,
      [["id", { code: 127, stderr: `${said}\n` }]],
    );
    expect(messages[0]).toMatch(`cannot become bob: ${method} is not on this machine: install it`);
  }
  const { messages } = await play("- command: id\n  become: true\n", [
    ["id", { code: 127, stderr: "sh: 1: x: not found\n" }],
    [/^sh -c .* there {2}id$/s, ""],
  ]);
  expect(messages).toEqual(["non-zero return code"]);
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
  const { ended, failure } = await play("- shell: echo {{ projct_id }}\n", [], { vars: { project_id: 1 } });
  expect(failure?.message).toMatch(
    /^main\.yaml:1:\d+: undefined variable 'projct_id'.*did you mean 'project_id'/,
  );
  expect(ended.map(({ status, result }) => [status, result.msg])).toEqual([["failed", failure?.message]]);
});

test("a lost connection is an error, not a failed task", async () => {
  await expect(play("- command: x\n", [["x", new ConnectionLostError("gone")]])).rejects.toThrow(
    ConnectionLostError,
  );
});

test("debug var: a variable that is not there is told, not an error", async () => {
  const { ended } = await play("- debug: {var: nope}\n- debug: {var: a.b}\n", [], { vars: { a: { b: 5 } } });
  expect(ended.map(({ result }) => [result.nope, result["a.b"]])).toEqual([
    ["VARIABLE IS NOT DEFINED!", undefined],
    [undefined, 5],
  ]);
});

test("what a task takes is evaluated with the machine's facts, which are gathered when one is named", async () => {
  const recorded = join(import.meta.dirname, "../facts/outputs/debian.txt");
  const facts = [[/^sh -c /s, readFileSync(recorded, "utf8")]] as const;
  const { messages, shell } = await play(
    '- debug: {msg: no fact}\n- debug: {msg: "{{ ansible_distribution }}"}\n- debug: {msg: "{{ ansible_facts | length >= 0 }}"}\n',
    facts,
  );
  expect(messages).toEqual(["no fact", "Debian", true]);
  expect(shell.commands).toHaveLength(1);
});

test("until waits between attempts, and tells of each", async () => {
  const { ended, slept, events } = await play(
    "- command: ready\n  register: r\n  until: r.rc == 0\n  retries: 3\n  delay: 7\n",
    [
      ["ready", { code: 1 }],
      ["ready", { code: 1 }],
      ["ready", ""],
    ],
  );
  expect(ended[0]?.result).toMatchObject({ attempts: 3, rc: 0 });
  expect(slept).toEqual([7_000, 7_000]);
  expect(events.filter(({ type }) => type === "task-retried")).toMatchObject([
    { attempt: 1, retries: 3, delayMs: 7_000 },
    { attempt: 2 },
  ]);
});

test.each([
  ["true", "command"],
  ['"{{ 1 == 1 }}"', "command"],
  ["false", "command: tell hunter2"],
])("a task without a name and with no_log: %s is called %s", async (noLog, name) => {
  const { events } = await play(`- block: [{ command: tell hunter2 }]\n  no_log: ${noLog}\n`, [
    ["tell hunter2", {}],
  ]);
  expect(events.flatMap((event) => (event.type === "task-started" ? [event.task] : []))).toEqual([name]);
});

test("set_fact: a name may be a template of the file's, and never one of data", async () => {
  const { ended } = await play(
    "- set_fact: { '{{ a }}_b': 1 }\n- debug: { var: x_b }\n- command: tell\n  register: r\n- set_fact: '{{ r.stdout | from_json }}'\n",
    [["tell", '{"{{ a }}_c": 1}']],
    { vars: { a: "x" } },
  );
  expect(ended[1]?.result).toMatchObject({ x_b: 1 });
  expect(ended[3]?.result).toMatchObject({ msg: "'{{ a }}_c' cannot be the name of a variable" });
});

test("no_log may depend on the item: all is hidden when one is to be", async () => {
  const task = (secret: string) =>
    `- command: tell {{ item }}\n  loop: [a, b]\n  no_log: "{{ item == '${secret}' }}"\n`;
  const told = [["tell a", "of a"] as const, ["tell b", "of b"] as const];
  const { ended } = await play(task("b") + task("none"), [...told, ...told]);
  expect(ended.map(({ status }) => status)).toEqual(["changed", "changed"]);
  expect(JSON.stringify(ended[0]?.result)).not.toMatch(/of [ab]/);
  expect(ended[1]?.result).toMatchObject({ results: [{ stdout: "of a" }, { stdout: "of b" }] });
});

test("until: retries come on top of the first attempt; without them there are three attempts", async () => {
  const never = (more: string) =>
    `- command: look\n  register: r\n  until: r.rc == 0\n  delay: 1\n  ignore_errors: true\n${more}`;
  const failed = Array.from({ length: 6 }, () => ["look", { code: 1 }] as const);
  const { ended, slept } = await play(never("  retries: 2\n") + never(""), failed);
  expect(slept).toHaveLength(4);
  expect(ended.map(({ result }) => result["attempts"])).toEqual([2, 2]);
});

test("no_log: nothing of the task is shown, neither when it fails", async () => {
  const { failure, events } = await play(
    "- command: tell hunter2\n  no_log: true\n  ignore_errors: true\n- command: tell hunter2\n  name: Quiet\n  no_log: true\n",
    [
      ["tell hunter2", { code: 1, stdout: "hunter2", stderr: "hunter2" }],
      ["tell hunter2", { code: 1, stdout: "hunter2" }],
    ],
  );
  expect(failure).toEqual({ task: "Quiet", message: "failed; no_log hides why" });
  const shown = JSON.stringify(events.filter((event) => !("task" in event) || event.task === "Quiet"));
  expect(shown).not.toContain("hunter2");
});

test("extra variables win over set_fact and all others, a task's over the inventory's", async () => {
  const { messages } = await play(
    '- set_fact: {x: fact, y: fact}\n- debug: {msg: "{{ x }} {{ y }} {{ z }}"}\n  vars: {z: task}\n',
    [],
    { vars: { x: "inventory", y: "inventory", z: "inventory" }, extra: { x: "extra" } },
  );
  expect(messages[1]).toBe("extra fact task");
});

test("delegate_to runs it elsewhere; the variables stay those of the host", async () => {
  const world = new World();
  const other = scriptedShell([["echo vm", "there"]], { name: "other" });
  sessionOn(other, { world, name: "other" });
  const { ended } = await play("- command: echo {{ inventory_hostname }}\n  delegate_to: other\n", [], {
    world,
  });
  other.done();
  expect(ended[0]?.result).toMatchObject({ stdout: "there" });
});

test("delegate_to: a name that nobody has is told at its place", async () => {
  const { failure } = await play("- command: x\n  delegate_to: nobody\n");
  expect(failure?.message).toMatch(/^main\.yaml:1:\d+: .*there is no host 'nobody'/);
});

test("run_once: the first machine does it, the others get its result", async () => {
  const world = new World();
  const yaml = "- command: hostname\n  run_once: true\n  register: r\n";
  const { readText } = await import("../../../fakes/play.js");
  const { runTasks } = await import("../../../../src/tasks/run/interpreter.js");
  const file = await readText(yaml);
  const shells = [scriptedShell([["hostname", "first"]]), scriptedShell([])];
  const sessions = shells.map((shell, index) => sessionOn(shell, { world, name: `vm${index}` }));
  const run = { phase: "main", emit: () => undefined, clock: { now: () => 0, sleep: async () => undefined } };
  await Promise.all(sessions.map((session) => runTasks(file, session, run)));
  expect(sessions.map(({ registered }) => registered["r"])).toMatchObject([
    { stdout: "first" },
    { stdout: "first" },
  ]);
});

test("a timeout is the task's failure, and what it started is ended", async () => {
  const shell = {
    ...scriptedShell([]),
    run: (_command: unknown, options: { signal?: AbortSignal } = {}) =>
      new Promise<never>((_resolve, reject) => {
        const end = () => reject(new Error("ended"));
        if (options.signal?.aborted) end();
        options.signal?.addEventListener("abort", end);
      }),
  };
  const { failure, ended } = await play("- command: sleep 100\n  timeout: 5\n", [], { shell });
  expect(failure?.message).toBe("the task did not end within 5 s, so it was ended");
  expect(ended[0]?.result).toMatchObject({ timedout: { period: 5 } });
});

test("async with poll 0 goes on; async_status says what became of it", async () => {
  const { ended, registered } = await play(
    '- command: slow\n  async: 60\n  poll: 0\n  register: job\n- async_status: {jid: "{{ job.ansible_job_id }}"}\n  register: r\n  until: r.finished == 1\n  delay: 1\n',
    [["slow", "done"]],
    {
      run: {
        clock: {
          now: () => 0,
          sleep: (ms) => (ms < 60_000 ? Promise.resolve() : new Promise(() => undefined)),
        },
      },
    },
  );
  expect(ended[0]?.result).toMatchObject({ started: 1, finished: 0 });
  expect(registered["r"]).toMatchObject({ finished: 1, rc: 0, stdout: "done" });
});

test.each([
  [{ only: [], skip: [] }, ["plain", "x", "always"]],
  [{ only: ["x"], skip: [] }, ["x", "always"]],
  [{ only: ["x"], skip: ["always"] }, ["x"]],
  [{ only: ["never"], skip: [] }, ["always", "never"]],
  [{ only: ["y"], skip: [] }, ["always", "never"]],
  [{ only: ["tagged"], skip: [] }, ["x", "always", "never"]],
  [{ only: ["untagged"], skip: [] }, ["plain", "always"]],
  [{ only: ["all"], skip: ["x"] }, ["plain", "always"]],
])("tags %j run %j", async (tags, names) => {
  const yaml = [
    "- debug: {msg: plain}",
    "- debug: {msg: x}\n  tags: x",
    "- debug: {msg: always}\n  tags: always",
    "- debug: {msg: never}\n  tags: [never, y]",
  ].join("\n");
  const { messages } = await play(yaml, [], { run: { tags } });
  expect(messages).toEqual(names);
});

test("at a checkpoint nothing that was notified is left; what is behind the machine is not run again", async () => {
  const tasks = await readText(`
- debug: {msg: first}
  changed_when: true
  notify: told
- debug: {msg: half}
  checkpoint: true
- debug: {msg: rest}
- debug: {msg: last}
  checkpoint: true
`);
  const { steps: handlers } = await readText("- {name: told, debug: {msg: handled}}");
  const file = { ...tasks, handlers: handlers as readonly Handler[] };
  const played = async (behind: number) => {
    const seen: unknown[] = [];
    await runTasks(file, sessionOn(scriptedShell([]), {}), {
      phase: "init",
      clock: steppingClock(),
      behind,
      emit: (event) => void (event.type === "task-ended" && seen.push(event.result["msg"])),
      onCheckpoint: async ({ steps }) => void seen.push(steps),
    });
    return seen;
  };
  expect(await played(0)).toEqual(["first", "half", "handled", 2, "rest", "last", 4]);
  expect(await played(2)).toEqual(["rest", "last", 4]);
  expect(await played(4)).toEqual([]);
});

test("a check runs what asks and nothing that changes", async () => {
  const { ended, shell } = await play(
    '- command: rm -rf /\n- debug: {msg: "{{ ansible_check_mode }}"}\n',
    [],
    {
      run: { check: true },
    },
  );
  expect(shell.commands).toEqual([]);
  expect(ended[1]?.result).toMatchObject({ msg: true });
});

test("of much output events have all, and the result the last 8 MiB", async () => {
  const { ended, events } = await play("- shell: yes x | head -c 9000000; echo end\n", [], {
    shell: localShell({ name: "here" }),
  });
  const said = events.flatMap((event) => (event.type === "task-output" ? event.text.length : []));
  expect(said.reduce((sum, length) => sum + length, 0)).toBe(9_000_004);
  const stdout = String(ended[0]?.result["stdout"]);
  expect([stdout.length, stdout.slice(-5)]).toEqual([8 * 2 ** 20 - 1, "x\nend"]);
});

test("a module that farm lacks fails where its task is reached, and not where it is skipped", async () => {
  const { ended } = await play(`
- rpm_key: {key: x}
  when: false
- rpm_key: {key: x}
  when: true
`);
  expect(ended.map(({ status, result }) => [status, result["msg"]])).toEqual([
    ["skipped", undefined],
    ["failed", "farm has no module 'rpm_key', and this task was not skipped"],
  ]);
});

test("a path below ~ is the one that it is, and the machine is asked for it once for each user", async () => {
  const { failure } = await play(
    `
- stat: {path: ~/a}
- stat: {path: "~"}
- stat: {path: ~a}
- stat: {path: ~/b}
  become: true
- stat: {path: ~/c}
  environment: {HOME: /else}
`,
    [
      [/^sh -c printf %s "\$HOME"$/, "/home/me"],
      [/ \/home\/me\/a$/, ""],
      [/ \/home\/me$/, ""],
      [/ ~a$/, ""],
      [/printf %s "\$HOME"/, "/root"],
      [/\/root\/b/, ""],
      [/ \/else\/c$/, ""],
    ],
  );
  expect(failure).toBeUndefined();
});
