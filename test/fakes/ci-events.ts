import type { Attempt, FarmEvent, Outcome } from "../../src/events.js";
import type { Reporter } from "../../src/report/emitter.js";

type TaskEnded = Extract<FarmEvent, { type: "task-ended" }>;

/** What a guest may print to become a command of a CI, and what no XML holds. */
export const NASTY = [
  "::error file=a::owned",
  "  ::add-mask::x",
  "x ##[error]owned",
  "##vso[task.complete]",
  "\u001b[0Ksection_start:1:x\r\u001b[0Kowned",
  "section_end:1:x",
  "]]> <b>&amp;</b> | ` @team \u0007\ud800\ufffe\u001b[1m",
].join("\n");

export const task = (
  vm: string,
  name: string,
  status: TaskEnded["status"],
  more: Partial<TaskEnded> = {},
): TaskEnded => ({
  type: "task-ended",
  module: "shell",
  vm,
  host: vm,
  phase: "main",
  task: name,
  position: "phases/main.yaml:3:5",
  status,
  durationMs: 1_500,
  result: status === "failed" ? { rc: 1, stdout: NASTY, stderr: NASTY, msg: "non-zero return code" } : {},
  ...more,
});

export const failedAttempt: Attempt = {
  kind: "failed",
  phase: "main",
  task: "Test",
  message: `task 'Test' failed: ${NASTY}`,
};
export const brokenAttempt: Attempt = {
  kind: "broken",
  phase: "startup",
  message: "it could not be logged in to",
};

export const retried = (vm: string, ended: Attempt): FarmEvent => ({
  type: "vm-retried",
  vm,
  attempt: 1,
  attempts: 2,
  ended,
  durationMs: 60_000,
});

export const ended = (outcome: Outcome): FarmEvent => ({
  type: "vm-ended",
  vm: outcome.vm,
  outcome,
  durationMs: 61_000,
});

/** VMs that end in every way there is, with and without attempts before. */
export const OUTCOMES: readonly Outcome[] = [
  { vm: "good", kind: "passed" },
  { vm: "bare", kind: "passed" },
  { vm: "bad & <sad>", kind: "failed", phase: "main", task: "Test", message: "task 'Test' failed: no" },
  { vm: "dead", kind: "broken", phase: "startup", message: NASTY },
  { vm: "flaky", kind: "flaky", message: "passed at attempt 2; before, main: no", earlier: [failedAttempt] },
  { vm: "shy", kind: "flaky", message: "passed at attempt 2; before, startup: no", earlier: [brokenAttempt] },
  { vm: "stubborn", ...failedAttempt, earlier: [failedAttempt] },
  { vm: "gone", ...brokenAttempt, earlier: [brokenAttempt] },
];

/** A run with all of them. */
export const CI_EVENTS: readonly FarmEvent[] = [
  {
    type: "run-started",
    run: "r1",
    project: "p",
    vms: OUTCOMES.map(({ vm }) => vm),
    machines: OUTCOMES.map(({ vm }) => ({ vm, platform: "debian_12", target: "amd64" })),
    runDirectory: "/runs/r1",
  },
  task("good", "Test", "ok", { result: { stdout: NASTY } }),
  task("good", "Other", "skipped"),
  ended({ vm: "good", kind: "passed" }),
  task("bad & <sad>", "Test", "failed"),
  task("bad & <sad>", "May fail", "failed", { ignored: true }),
  task("flaky", "Test", "failed"),
  retried("flaky", failedAttempt),
  task("flaky", "Test", "changed"),
  retried("shy", brokenAttempt),
  task("shy", "Test", "ok"),
  task("stubborn", "Test", "failed"),
  retried("stubborn", failedAttempt),
  task("stubborn", "Test", "failed"),
  retried("gone", brokenAttempt),
  { type: "warning", vm: "gone", message: NASTY },
  ...OUTCOMES.filter(({ vm }) => vm !== "good").map(ended),
  { type: "run-ended", exitCode: 4, outcomes: OUTCOMES, runDirectory: "/runs/r1", durationMs: 120_000 },
];

/** Gives a reporter events, one a second, and closes it. */
export async function shown(reporter: Reporter, events: readonly FarmEvent[] = CI_EVENTS): Promise<void> {
  for (const [second, event] of events.entries()) reporter.on(event, new Date(second * 1000));
  await reporter.close?.();
}
