import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FarmEvent } from "../../../src/events.js";
import { junitReporter } from "../../../src/report/junit-reporter.js";
import { CI_EVENTS } from "../../fakes/ci-events.js";

async function report(events: readonly FarmEvent[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "farm-junit-"));
  const reporter = junitReporter(join(directory, "sub/junit.xml"));
  for (const event of events) reporter.on(event, new Date(0));
  await reporter.close?.();
  const text = await readFile(join(directory, "sub/junit.xml"), "utf8");
  await rm(directory, { recursive: true });
  return text;
}

const task = (name: string, status: "ok" | "failed", stdout: string): FarmEvent => ({
  type: "task-ended",
  module: "shell",
  vm: "a & b",
  host: "a & b",
  phase: "main",
  task: name,
  position: "main.yaml:1:3",
  status,
  durationMs: 1_500,
  result: { rc: 1, stdout, msg: "non-zero return code" },
});

test("a guest's no is a failure, output is kept without what XML cannot hold", async () => {
  const outcome = { vm: "a & b", kind: "failed", phase: "main", task: "T", message: "m" } as const;
  const xml = await report([
    task("fine", "ok", "<ok>"),
    task("T", "failed", "bell\u0007 \ud800 \u001b[1mx"),
    { type: "vm-ended", vm: "a & b", outcome, durationMs: 2_000 },
  ]);
  expect(xml).toMatch(/<testsuite[^>]*name="a &amp; b"[^>]*tests="2"[^>]*errors="0"[^>]*failures="1"/);
  expect(xml).toContain("<system-out>bell\\x07 \ufffd x</system-out>");
  expect(xml).toContain("<system-out>&lt;ok&gt;</system-out>");
  expect(xml).toMatch(/<failure message="non-zero return code, exit status 1"/);
});

test("what farm could not do is an error, told once", async () => {
  const outcome = { vm: "v", kind: "broken", phase: "startup", message: "no boot" } as const;
  const xml = await report([{ type: "vm-ended", vm: "v", outcome, durationMs: 0 }]);
  expect(xml).toMatch(/errors="1"/);
  expect(xml).toMatch(/<testcase[^>]*name="startup"[\s\S]*<error message="no boot" type="broken"/);
  expect(xml).not.toContain("<failure");
});

/** The case of one VM, as XML. */
async function caseOf(vm: string): Promise<string> {
  const xml = await report(CI_EVENTS);
  return new RegExp(`<testsuite name="${vm}"[\\s\\S]*?</testsuite>`).exec(xml)?.[0] ?? "";
}

test("a VM that passed when it was tried again has flakyFailure or flakyError, and says that it is flaky", async () => {
  const failed = await caseOf("flaky");
  expect(failed).toMatch(/tests="1" errors="0" failures="0"/);
  expect(failed).toContain('<property name="flaky" value="true"/>');
  expect(failed).toMatch(
    /<flakyFailure message="non-zero return code, exit status 1" type="failed">\n<stackTrace>/,
  );
  const broken = await caseOf("shy");
  expect(broken).toMatch(
    /name="startup"[^>]*>\n<flakyError message="it could not be logged in to" type="broken">/,
  );
  expect(broken).not.toMatch(/<error|<failure/);
});

test("a VM that never passed has one failure and the other attempts as rerunFailure", async () => {
  const failed = await caseOf("stubborn");
  expect(failed).toMatch(/tests="1" errors="0" failures="1"/);
  expect(failed.match(/<(failure|rerunFailure) /g)).toEqual(["<failure ", "<rerunFailure "]);
  const broken = await caseOf("gone");
  expect(broken.match(/<(error|rerunError) /g)).toEqual(["<error ", "<rerunError "]);
});

test("a failure that the task ignores is none", async () => {
  const suite = await caseOf("bad &amp; &lt;sad&gt;");
  expect(suite).toMatch(/tests="2" errors="0" failures="1"/);
});
