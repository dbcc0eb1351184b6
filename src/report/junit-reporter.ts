import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Builder, TestSuite } from "junit-report-builder";
import type { Reporter } from "./emitter.js";
import type { FarmEvent, Outcome } from "./events.js";
import { harmless } from "./harmless.js";

type TaskEnded = Extract<FarmEvent, { type: "task-ended" }>;

/** Characters that XML 1.0 cannot hold, lone surrogates included. */
const text = (value: string): string =>
  harmless(value)
    .toWellFormed()
    .replace(/[\ufffe\uffff]/g, "\ufffd");

/**
 * A suite a VM, a case a task. What the guest said no to is a `failure`; what farm could not do is an `error`, in a case
 * called after the phase.
 */
export function junitReporter(file: string): Reporter {
  const tasks = new Map<string, TaskEnded[]>();
  const ended: { outcome: Outcome; durationMs: number }[] = [];
  return {
    on: (event) => {
      if (event.type === "task-ended") tasks.set(event.vm, [...(tasks.get(event.vm) ?? []), event]);
      if (event.type === "vm-ended") ended.push(event);
    },
    close: async () => {
      // Loaded where it is wanted: most runs write no such file.
      const { default: junit } = await import("junit-report-builder");
      const builder = (junit as unknown as Builder).newBuilder(); // its types take the default export for a module
      for (const { outcome, durationMs } of ended)
        addSuite(builder, outcome, durationMs, tasks.get(outcome.vm) ?? []);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(`${file}.part`, builder.build());
      await rename(`${file}.part`, file);
    },
  };
}

function addSuite(builder: Builder, outcome: Outcome, durationMs: number, tasks: readonly TaskEnded[]): void {
  const suite = builder
    .testSuite()
    .name(text(outcome.vm))
    .time(durationMs / 1000);
  for (const task of tasks) addCase(suite, task, outcome);
  if (outcome.kind === "broken") {
    const testCase = suite
      .testCase()
      .className(text(outcome.vm))
      .name(text(outcome.phase ?? "farm"));
    testCase.error(text(outcome.message), outcome.interrupted ? "interrupted" : "broken");
  }
  if (outcome.kind === "passed" && tasks.length === 0)
    suite.testCase().className(text(outcome.vm)).name("startup");
}

function addCase(
  suite: TestSuite,
  { vm, phase, task, status, result, position, durationMs }: TaskEnded,
  outcome: Outcome,
): void {
  const testCase = suite
    .testCase()
    .className(text(`${vm}.${phase}`))
    .name(text(task))
    .file(position)
    .time(durationMs / 1000);
  if (typeof result.stdout === "string" && result.stdout !== "") testCase.standardOutput(text(result.stdout));
  if (typeof result.stderr === "string" && result.stderr !== "") testCase.standardError(text(result.stderr));
  if (status === "skipped") testCase.skipped();
  // A task that ended with an error of farm's own is told once, as the VM's `error`.
  if (status === "failed" && outcome.kind === "failed") testCase.failure(text(failureText(result)), "failed");
}

const failureText = (result: Readonly<Record<string, unknown>>): string =>
  [result.msg, result.rc === undefined ? undefined : `exit status ${String(result.rc)}`]
    .filter((part) => part !== undefined)
    .join(", ");
