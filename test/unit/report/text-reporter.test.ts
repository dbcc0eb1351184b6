import { expect, test } from "vitest";
import type { FarmEvent } from "../../../src/report/events.js";
import { textReporter } from "../../../src/report/text-reporter.js";

function lines(...events: FarmEvent[]): string {
  let text = "";
  const reporter = textReporter((part) => {
    text += part;
  }, false);
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
  expect(text).toMatch(/ {2}\| line 29\n {2}\| bad\\x07\n$/);
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
    "\n  one    passed\n  three  failed  task 'Build' failed\n1 of 2 VMs passed in 1 min 05 s, exit code 1\nlogs: /logs/1\n",
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
      },
      new Date(2026, 0, 1, 0, 0, second),
    );
  expect(text).toBe("00:00:05 one startup: fetch 5 of 20 MiB\n00:00:10 one startup: fetch 10 of 20 MiB\n");
});
