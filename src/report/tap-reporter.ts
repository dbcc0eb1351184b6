import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { FarmEvent, Outcome } from "../events.js";
import type { Reporter } from "./emitter.js";
import { harmless } from "./harmless.js";

type VmEnded = Extract<FarmEvent, { type: "vm-ended" }>;

/** Test Anything Protocol 14, a test a VM, as they end. */
export function tapReporter(write: (text: string) => void): Reporter {
  let tests = 0;
  return {
    on: (event) => {
      if (event.type === "run-started") write(`TAP version 14\n1..${event.vms.length}\n`);
      if (event.type === "vm-ended") write(tapTest(++tests, event));
      if (event.type === "run-ended" && event.outcomes.length === 0 && event.exitCode !== 0)
        write(`Bail out! no VM was started, exit code ${event.exitCode}\n`);
    },
  };
}

/** The same in a file, which is there when the run has ended. */
export function tapFileReporter(file: string): Reporter {
  const parts: string[] = [];
  return {
    on: tapReporter((text) => parts.push(text)).on,
    close: async () => {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(`${file}.part`, parts.join(""));
      await rename(`${file}.part`, file);
    },
  };
}

function tapTest(number: number, { outcome, durationMs }: VmEnded): string {
  const ok = outcome.kind === "passed" || outcome.kind === "flaky";
  const note = outcome.kind === "passed" ? "" : ` (${outcome.kind})`;
  const head = `${ok ? "ok" : "not ok"} ${number} - ${description(outcome.vm)}${note}\n`;
  const said = { kind: outcome.kind, duration_ms: durationMs, ...detail(outcome) };
  const lines = Object.entries(said).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
  return `${head}  ---\n${lines.join("")}  ...\n`;
}

function detail(outcome: Outcome): Record<string, unknown> {
  if (outcome.kind === "passed") return {};
  const { vm: _, kind: __, earlier, ...about } = outcome;
  const attempts = earlier?.map(({ kind, phase, message }) => ({ kind, phase, message: harmless(message) }));
  return { ...about, message: harmless(about.message), ...(attempts && { earlier: attempts }) };
}

/** A `#` would begin a directive. */
const description = (text: string): string => harmless(text).replaceAll("\n", " ").replace(/[\\#]/g, "\\$&");
