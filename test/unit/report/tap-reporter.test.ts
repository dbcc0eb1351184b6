import { expect, test } from "vitest";
import type { FarmEvent } from "../../../src/events.js";
import { tapReporter } from "../../../src/report/tap-reporter.js";
import { CI_EVENTS, shown } from "../../fakes/ci-events.js";

async function tap(events: readonly FarmEvent[]): Promise<string> {
  let text = "";
  await shown(
    tapReporter((part) => {
      text += part;
    }),
    events,
  );
  return text;
}

test("a test a VM, with what went wrong as YAML", async () => {
  const text = await tap(CI_EVENTS);
  expect(text.split("\n").slice(0, 2)).toEqual(["TAP version 14", "1..8"]);
  expect(text.split("\n").filter((line) => /^(not )?ok/.test(line))).toEqual([
    "ok 1 - good",
    "ok 2 - bare",
    "not ok 3 - bad & <sad> (failed)",
    "not ok 4 - dead (broken)",
    "ok 5 - flaky (flaky)",
    "ok 6 - shy (flaky)",
    "not ok 7 - stubborn (failed)",
    "not ok 8 - gone (broken)",
  ]);
  expect(text).toContain('  ---\n  kind: "failed"\n  duration_ms: 61000\n  phase: "main"\n  task: "Test"\n');
  expect(text).toMatch(/ok 5[\s\S]*? {2}earlier: \[\{"kind":"failed","phase":"main"/);
});

test("a name cannot be a directive, nor a message a test", async () => {
  const text = await tap([
    {
      type: "vm-ended",
      vm: "v",
      outcome: { vm: "v # SKIP\\", kind: "broken", message: "x\nok 2 - owned" },
      durationMs: 1,
    },
  ]);
  expect(text).toContain("not ok 1 - v \\# SKIP\\\\ (broken)\n");
  expect(text).not.toMatch(/^ok 2/m);
});
