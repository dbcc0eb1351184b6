import { expect, test } from "vitest";
import type { FarmEvent } from "../../../src/events.js";
import { type Detail, textReporter } from "../../../src/report/text-reporter.js";

const lines = (...events: FarmEvent[]): string => linesOf("normal", ...events);

function linesOf(detail: Detail, ...events: FarmEvent[]): string {
  let text = "";
  const add = (part: string) => {
    text += part;
  };
  const reporter = textReporter(add, false, detail, "my inv.yaml");
  for (const event of events) reporter.on(event, new Date(2026, 10, 23, 12, 34, 56));
  return text;
}

const task = {
  vm: "debian",
  host: "debian",
  phase: "main",
  task: "Build",
  position: "main.yaml:7:3",
} as const;

test("a failed task shows where it stands and the end of its output, escape sequences harmless", () => {
  const stdout = Array.from({ length: 30 }, (_, index) => `line ${index}`).join("\n");
  const result = { rc: 2, msg: "non-zero return code", stdout, stderr: "\u001b[31mbad\u001b[0m\u0007" };
  const text = lines({
    ...task,
    type: "task-ended",
    module: "shell",
    status: "failed",
    durationMs: 1_234,
    result,
  });
  expect(text).toMatch(
    /^12:34:56 debian main: Build FAILED \(1\.2 s\)\n {2}non-zero return code, exit status 2, at main\.yaml:7:3\n/,
  );
  expect(text).toContain("  | (11 lines before)\n  | line 11\n");
  expect(text).toMatch(
    / {2}\| line 29\n {2}\| bad\\x07\n {2}more: farm logs debian -i 'my inv.yaml' --phase main\n$/,
  );
});

test("a task that the user stopped did not fail", () => {
  const event: FarmEvent = {
    ...task,
    type: "task-ended",
    module: "shell",
    status: "failed",
    interrupted: true,
    durationMs: 1_234,
    result: { failed: true, msg: "'sh' on 'debian' was interrupted" },
  };
  expect(lines(event)).toBe("12:34:56 debian main: Build interrupted (1.2 s)\n");
  expect(linesOf("quiet", event)).toBe("");
});

test("a VM's name with a newline cannot forge a line", () => {
  expect(lines({ type: "vm-started", vm: "x", hypervisor: "h" })).toBe("");
  expect(lines({ type: "warning", vm: "a\nb", message: "c\nd" })).toBe("12:34:56 a b warning: c d\n");
});

test("the summary names every VM, the exit code and the logs", () => {
  const text = lines({
    type: "run-ended",
    exitCode: 1,
    durationMs: 65_000,
    runDirectory: "/logs/1",
    outcomes: [
      { vm: "one", kind: "passed" },
      { vm: "three", kind: "failed", phase: "main", task: "Build", message: "task 'Build' failed" },
    ],
  });
  expect(text).toBe(
    "\n  one    passed\n  three  failed  task 'Build' failed\n    more: farm logs three -i 'my inv.yaml' --phase main\n1 of 2 VMs passed in 1 min 05 s, exit code 1\nlogs: /logs/1\n",
  );
});

test("a download tells its progress every five seconds, not more often", () => {
  let text = "";
  const reporter = textReporter((part) => {
    text += part;
  }, false);
  for (let second = 0; second <= 11; second++)
    reporter.on(
      {
        type: "progress",
        vm: "one",
        step: "fetch",
        done: second * 2 ** 20,
        total: 20 * 2 ** 20,
        unit: "bytes",
        ...(second > 5 && { bytesPerSecond: 2 ** 20, remainingMs: (20 - second) * 1000 }),
      },
      new Date(2026, 0, 1, 0, 0, second),
    );
  expect(text).toBe(
    "00:00:05 one startup: fetch 5 of 20 MiB\n00:00:10 one startup: fetch 10 of 20 MiB, 1 MiB/s, 10.0 s left\n",
  );
});

const failed: FarmEvent = {
  ...task,
  type: "task-ended",
  module: "shell",
  status: "failed",
  durationMs: 1_000,
  result: { msg: "no", stdout: "one\ntwo\nthree\nfour\n" },
};
const said: FarmEvent[] = [
  { ...task, type: "task-started", module: "shell" },
  { type: "task-output", vm: "debian", phase: "main", task: "Build", stream: "stdout", text: "one\ntw" },
  {
    type: "task-output",
    vm: "debian",
    phase: "main",
    task: "Build",
    stream: "stdout",
    text: "o\u001b[2J\nend",
  },
  { ...task, type: "task-ended", module: "shell", status: "ok", durationMs: 1_000, result: {} },
];

test("the summary tells where a task failed, its last words and the command for more; those that passed come first", () => {
  const rescued: FarmEvent = { ...failed, task: "Rescued", position: "main.yaml:1:1" };
  const ended: FarmEvent = {
    type: "run-ended",
    exitCode: 1,
    durationMs: 1_000,
    runDirectory: "/logs/1",
    outcomes: [
      { vm: "debian", kind: "failed", phase: "main", task: "Build", message: "task 'Build' failed: no" },
      { vm: "it's broken", kind: "broken", phase: "startup", message: "no boot" },
      { vm: "lost", kind: "broken", message: "no hypervisor can run it" },
      { vm: "last", kind: "passed" },
    ],
  };
  const hasConsole: FarmEvent = {
    ...{ type: "step-started", vm: "it's broken", hypervisor: "hv", phase: "startup", step: "define" },
  };
  expect(
    linesOf("quiet", hasConsole, rescued, failed, rescued, ended).split("\n\n")[1],
  ).toBe(`  last         passed
  debian       failed  task 'Build' failed: no
    at main.yaml:7:3
    | (1 line before)
    | two
    | three
    | four
    more: farm logs debian -i 'my inv.yaml' --phase main
  it's broken  broken  no boot
    more: farm logs 'it'\\''s broken' -i 'my inv.yaml'
  lost         broken  no hypervisor can run it
1 of 4 VMs passed in 1.0 s, exit code 1
logs: /logs/1
`);
});

test("of more than ten VMs that failed the summary is a line each", () => {
  const outcomes = Array.from({ length: 11 }, (_, index) => ({
    ...{ vm: `vm${index}`, kind: "failed", phase: "main", task: "Build", message: "no" },
  })) as Extract<FarmEvent, { type: "run-ended" }>["outcomes"];
  const text = lines({ type: "run-ended", exitCode: 1, durationMs: 1, runDirectory: "/logs", outcomes });
  expect(text.trim().split("\n")).toHaveLength(13);
});

test("`quiet` tells what went wrong only", () => {
  expect(linesOf("quiet", ...said)).toBe("");
  expect(linesOf("quiet", { ...failed, ignored: true } as FarmEvent)).toBe("");
  expect(linesOf("quiet", failed)).toMatch(/FAILED/);
  expect(linesOf("quiet", { type: "warning", message: "odd" })).toMatch(/odd/);
  expect(
    linesOf("quiet", { type: "vm-ended", vm: "x", durationMs: 1, outcome: { vm: "x", kind: "passed" } }),
  ).toBe("");
});

test("`verbose` tells each task as it starts and all that it says, in whole lines that are harmless", () => {
  expect(linesOf("verbose", ...said)).toBe(
    `12:34:56 debian main: Build at main.yaml:7:3
12:34:56 debian | one
12:34:56 debian | two
12:34:56 debian | end
12:34:56 debian main: Build ok (1.0 s)
`,
  );
});

test("beside the live view stand failures and what people asked tasks to say", () => {
  const debug = { ...task, type: "task-ended", module: "debug", status: "ok", durationMs: 1 } as const;
  expect(linesOf("beside-live", ...said)).toBe("");
  expect(linesOf("beside-live", { ...debug, result: { msg: "hello" } })).toMatch(/\| hello/);
  expect(
    linesOf("beside-live", { ...debug, module: "copy", result: { diff: { before: "a\n", after: "b\n" } } }),
  ).toMatch(/\+b/);
});
