import { open } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "../../errors.js";
import type { FarmEvent } from "../../events.js";
import { reasonOf } from "../../load/files/read-text.js";
import { vmDirectoryName } from "../../naming.js";
import { runSummarizer } from "../run-summary.js";
import { readEvents } from "./read-events.js";
import type { ArtifactsRecord, Excerpt, OutputPart, RunRecord, StepRecord, VmRecord } from "./run-record.js";
import { excerpt, taskOutput } from "./task-output.js";

/** Characters of one part of a task's output; what failed is told at length. */
const MOST = { failed: 64 * 1024, other: 8 * 1024 };
/** All outputs of tasks that did not fail: what comes after is left to the logs. */
const ALL_OTHERS = 24 * 2 ** 20;
const CONSOLE = { failed: 48 * 1024, other: 6 * 1024 };

type Extra = {
  reason?: string;
  readonly outputs: OutputPart[][];
  readonly steps: StepRecord[];
  readonly skipped: { phase: string; reason: string }[];
  readonly warnings: string[];
  readonly artifacts: ArtifactsRecord[];
};

/** Which run a directory is of; undefined where there is none, or it does not begin with one. */
export async function runIn(
  runDirectory: string,
): Promise<{ readonly run: string; readonly project: string } | undefined> {
  try {
    for await (const { event } of readEvents(join(runDirectory, "events.jsonl")))
      return event.type === "run-started" ? event : undefined;
  } catch {
    return undefined; // `readRun` says why.
  }
  return undefined;
}

/** Reads a run's directory: its events, and the console of each VM. @throws ConfigError where no run is in it */
export async function readRun(runDirectory: string): Promise<RunRecord> {
  const summarizer = runSummarizer();
  const collector = new Collector();
  let first: Date | undefined;
  let last = new Date(0);
  let unfinished = true;
  let unread = 0;
  const file = join(runDirectory, "events.jsonl");
  try {
    for await (const { event, time } of readEvents(file, () => unread++)) {
      first ??= time;
      last = time;
      if (event.type === "run-ended") unfinished = false;
      summarizer.on(event, time);
      collector.on(event, time);
    }
  } catch (error) {
    throw new ConfigError(
      `cannot read the run in ${runDirectory}: ${reasonOf(error as NodeJS.ErrnoException)}`,
      {
        hint: "name the directory that the last line of 'farm run' names",
      },
    );
  }
  if (unfinished && first)
    summarizer.on(
      {
        type: "run-ended",
        exitCode: 3,
        outcomes: [],
        runDirectory,
        durationMs: last.getTime() - first.getTime(),
      },
      last,
    );
  const summary = summarizer.summary();
  if (!summary)
    throw new ConfigError(`there is no run in ${runDirectory}: its events.jsonl does not begin with one`);
  const vms: VmRecord[] = [];
  for (const { tasks, ...vm } of summary.vms) {
    const extra = collector.of(vm.vm);
    const logs = vmDirectoryName(summary.project, vm.vm);
    const most = vm.outcome.kind === "passed" ? CONSOLE.other : CONSOLE.failed;
    const console = await endOf(join(runDirectory, logs, "console.log"), most);
    const { outputs, ...rest } = extra;
    const told = tasks.map((task, index) => ({ ...task, output: outputs[index] ?? [] }));
    vms.push({ ...vm, ...rest, tasks: told, logs, ...(console && { console }) });
  }
  const warnings = [...collector.warnings, ...(unread > 0 ? [unreadWarning(unread)] : [])];
  return { ...summary, vms, warnings, runDirectory, unfinished };
}

const unreadWarning = (lines: number): string =>
  `${lines} line${lines === 1 ? "" : "s"} of its events.jsonl cannot be read: what they told is missing here`;

/** What of the events the summary does not hold. */
class Collector {
  readonly #vms = new Map<string, Extra>();
  readonly warnings: string[] = [];
  #spent = 0;

  of(vm: string): Extra {
    const known = this.#vms.get(vm) ?? { outputs: [], steps: [], skipped: [], warnings: [], artifacts: [] };
    this.#vms.set(vm, known);
    return known;
  }

  on(event: FarmEvent, time: Date): void {
    switch (event.type) {
      case "vm-placed":
        this.of(event.vm).reason = event.reason;
        return;
      case "task-ended":
        this.of(event.vm).outputs.push(this.#output(event));
        return;
      case "phase-skipped":
        this.of(event.vm).skipped.push({ phase: event.phase, reason: event.reason });
        return;
      case "step-ended": {
        const { phase, step, detail, ok, durationMs } = event;
        const start = new Date(time.getTime() - durationMs).toISOString();
        this.of(event.vm).steps.push({ phase, step, ok, start, durationMs, ...(detail && { detail }) });
        return;
      }
      case "artifacts-collected":
        // An events.jsonl of an earlier version has no list.
        this.of(event.vm).artifacts.push({ directory: event.directory, files: event.list ?? [] });
        return;
      case "hypervisor-asked":
        if (!event.reachable)
          this.warnings.push(`hypervisor ${event.hypervisor} is passed over: ${event.error ?? "no answer"}`);
        return;
      case "warning":
        if (event.vm !== undefined) this.of(event.vm).warnings.push(event.message);
        else this.warnings.push([event.hypervisor, event.message].filter(Boolean).join(": "));
        return;
    }
  }

  #output({ status, result }: Extract<FarmEvent, { type: "task-ended" }>): OutputPart[] {
    if (status === "failed") return taskOutput(result, MOST.failed);
    if (this.#spent > ALL_OTHERS) return taskOutput(result, 0);
    const parts = taskOutput(result, MOST.other);
    for (const { text } of parts) this.#spent += text.head.length + text.tail.length;
    return parts;
  }
}

/** The end of a file, undefined where there is none. */
async function endOf(path: string, most: number): Promise<Excerpt | undefined> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (!file) return undefined;
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - most);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    const text = buffer.toString("utf8", 0, bytesRead);
    return from === 0 ? excerpt(text, most) : { head: "", tail: text, left: from };
  } finally {
    await file.close();
  }
}
