import pc from "picocolors";
import type { FarmEvent, TaskStatus } from "../events.js";
import { formatSize } from "../values/size.js";
import { diffLines } from "./diff-text.js";
import { formatDuration } from "./duration.js";
import type { Reporter } from "./emitter.js";
import { failureLines, moreLines, outcomeWord, quoted, textOf } from "./failure-text.js";
import { harmless } from "./harmless.js";
import { outputLines } from "./output-lines.js";
import { formatPace } from "./pace-text.js";
import { SummaryText } from "./summary-text.js";

type Colors = ReturnType<typeof pc.createColors>;
/** How much is told. `quiet`: what went wrong, and the summary. `beside-live`: also what people asked tasks to say. `verbose`: all output. */
export type Detail = "quiet" | "beside-live" | "normal" | "verbose";
type Line = string | undefined;
type Event<T extends FarmEvent["type"]> = Extract<FarmEvent, { type: T }>;
type Show = { readonly [T in FarmEvent["type"]]: (event: Event<T>, colors: Colors) => Line };

const LONGEST_NAME = 70;
const PROGRESS_EVERY_MS = 5_000;

/**
 * Lines that a person can follow: time, VM, phase, task, status, how long it took.
 * @param inventory of a run, for the commands that tell more of what failed
 */
export function textReporter(
  write: (text: string) => void,
  color: boolean,
  detail: Detail = "normal",
  inventory?: string,
): Reporter {
  const colors = pc.createColors(color);
  const told = new Map<string, number>();
  const summary = new SummaryText(inventory);
  const output = outputLines();
  /** Progress comes twice a second: too often for lines. */
  const tooSoon = (event: FarmEvent, time: Date): boolean => {
    if (event.type !== "progress") return false;
    const last = told.get(event.vm);
    if (last === undefined || time.getTime() - last >= PROGRESS_EVERY_MS) told.set(event.vm, time.getTime());
    return last === undefined || time.getTime() - last < PROGRESS_EVERY_MS;
  };
  const text = (event: FarmEvent): Line => {
    if (detail === "verbose" && event.type === "task-started") return startLine(event, colors);
    const line = (show[event.type] as (event: FarmEvent, colors: Colors) => Line)(event, colors);
    return event.type === "task-ended" ? [line, ...moreLines(event, inventory, colors)].join("\n") : line;
  };
  return {
    on: (event, time) => {
      summary.on(event);
      if (event.type === "run-ended") return write(`${summary.text(event, colors)}\n`);
      const clock = colors.dim(time.toTimeString().slice(0, 8));
      if (detail === "verbose")
        for (const said of output(event))
          write(`${clock} ${vmTag(said.vm, colors)} ${quoted(said.text, colors).trim()}\n`);
      if (!isTold(event, detail) || tooSoon(event, time)) return;
      const line = text(event);
      if (line !== undefined) write(`${clock} ${line}\n`);
    },
  };
}

/** Whether a level has a place for an event. */
function isTold(event: FarmEvent, detail: Detail): boolean {
  if (detail === "normal" || detail === "verbose" || isTrouble(event)) return true;
  return detail === "beside-live" && event.type === "task-ended" && isSaying(event);
}

/** What went wrong, and what ends a command. */
function isTrouble(event: FarmEvent): boolean {
  switch (event.type) {
    case "task-ended":
      return event.status === "failed" && !event.ignored && !event.interrupted;
    case "vm-ended":
      return event.outcome.kind !== "passed";
    case "hypervisor-asked":
      return !event.reachable;
    case "warning":
    case "interrupting":
    case "shell-opened":
    case "shell-closed":
    case "apply-ended":
      return true;
    default:
      return false;
  }
}

const startLine = ({ vm, phase, task, position }: Event<"task-started">, c: Colors): string =>
  `${vmTag(vm, c)} ${phase}: ${taskName(task)} ${c.dim(`at ${position}`)}`;

const vmTag = (vm: string, colors: Colors) => colors.cyan(harmless(vm).replaceAll("\n", " "));
const oneLine = (text: string) => harmless(text).replaceAll("\n", " ");
const nothing = () => undefined;

/** A task's name as far as a line has room for it. */
function taskName(name: string): string {
  const line = oneLine(name);
  return line.length > LONGEST_NAME ? `${line.slice(0, LONGEST_NAME)}…` : line;
}

/** One entry an event: a missing one does not compile. */
const show: Show = {
  "run-started": ({ run, project, vms }) =>
    `run ${run} of project ${oneLine(project)}: ${count(vms.length, "VM")}`,
  "hypervisor-asked": ({ hypervisor, reachable, error, durationMs }, c) =>
    reachable
      ? `hypervisor ${hypervisor} answered ${c.dim(`(${formatDuration(durationMs)})`)}`
      : c.yellow(`hypervisor ${hypervisor} is passed over: ${harmless(error ?? "no answer")}`),
  "vm-placed": ({ vm, hypervisor, domainType, reason }, c) =>
    `${vmTag(vm, c)} goes to ${hypervisor} (${domainType}): ${oneLine(reason)}`,
  "vm-queued": ({ vm, hypervisor, reason }, c) =>
    `${vmTag(vm, c)} waits for ${hypervisor}: ${oneLine(reason)}`,
  "vm-started": nothing,
  "vm-retried": ({ vm, attempt, attempts, ended, durationMs }, c) =>
    `${vmTag(vm, c)} ${c.yellow(`attempt ${attempt} of ${attempts} ${ended.kind}`)}, tries again: ${oneLine(ended.message)} ${took(durationMs, c)}`,
  "artifacts-collected": ({ vm, directory, files, bytes }, c) =>
    `${vmTag(vm, c)} artifacts: ${count(files, "file")} (${formatSize(bytes)}) in ${oneLine(directory)}`,
  "step-started": nothing,
  "step-ended": ({ vm, phase, step, ok, detail, durationMs }, c) =>
    `${vmTag(vm, c)} ${phase}: ${step}${detail ? ` ${oneLine(detail)}` : ""} ${ok ? c.green("ok") : c.red("FAILED")} ${took(durationMs, c)}`,
  forwarded: ({ vm, forwards }, c) =>
    forwards
      .map(({ protocol, address, host, guest }) =>
        c.dim(`${vmTag(vm, c)} ${address}:${host} leads to its ${protocol} port ${guest}`),
      )
      .join("\n"),
  waiting: ({ vm, what, deadlineMs }, c) =>
    c.dim(`${vmTag(vm, c)} waits for ${what}, at most ${formatDuration(deadlineMs)}`),
  progress: (event, c) => c.dim(`${vmTag(event.vm, c)} startup: ${event.step} ${howFar(event)}`),
  "phase-started": ({ vm, phase, file, limitMs }, c) => {
    const limit = limitMs === undefined ? "" : `, at most ${formatDuration(limitMs)}`;
    return file === undefined ? undefined : `${vmTag(vm, c)} ${c.bold(phase)} ${c.dim(`${file}${limit}`)}`;
  },
  // Four lines a VM that say why there is nothing to restore would be noise: `plan` tells.
  "phase-skipped": ({ vm, phase, reason }, c) =>
    /^(?:restore|create) /.test(phase)
      ? undefined
      : c.dim(`${vmTag(vm, c)} ${phase} skipped: ${oneLine(reason)}`),
  "phase-ended": ({ vm, phase, status, durationMs }, c) =>
    `${vmTag(vm, c)} ${c.bold(phase)} ${status === "passed" ? c.green("ok") : c.red(status)} ${took(durationMs, c)}`,
  "task-started": nothing,
  "task-output": nothing,
  "item-ended": ({ vm, phase, task, item, status, message }, c) =>
    status === "failed"
      ? `${vmTag(vm, c)} ${phase}: ${taskName(task)} ${c.dim("=>")} ${oneLine(item)} ${statusWord(status, c)} ${oneLine(message ?? "")}`
      : undefined,
  "task-retried": ({ vm, phase, task, attempt, retries, delayMs }, c) =>
    c.dim(
      `${vmTag(vm, c)} ${phase}: ${taskName(task)} tries again in ${formatDuration(delayMs)} (${attempt} of ${retries})`,
    ),
  "task-ended": (event, c) => taskLines(event, c),
  warning: ({ vm, hypervisor, message }, c) =>
    c.yellow(`${vm === undefined ? (hypervisor ?? "farm") : vmTag(vm, c)} warning: ${oneLine(message)}`),
  "cache-trimmed": ({ hypervisor, removed, bytes }, c) =>
    c.dim(
      `${hypervisor}: removed ${count(removed.length, "item")} (${formatSize(bytes)}) to keep the cache's limits`,
    ),
  "vm-ended": ({ vm, outcome, durationMs }, c) =>
    `${vmTag(vm, c)} ${outcomeWord(outcome, c)} ${took(durationMs, c)}`,
  interrupting: ({ message }, c) => c.yellow(message),
  "shell-opened": ({ vm }, c) =>
    `${vmTag(vm, c)} ${c.bold("this is a shell in it")}: when you leave it, the run goes on with terminate and shutdown`,
  "shell-closed": ({ vm, durationMs }, c) => `${vmTag(vm, c)} the run goes on ${took(durationMs, c)}`,
  "apply-ended": ({ host, tasks, exitCode, durationMs }, c) => {
    const counts = Object.entries(tasks).filter(([, n]) => n > 0);
    const text = counts.map(([status, n]) => `${n} ${status}`).join(", ") || "no tasks";
    return `${vmTag(host, c)} ${exitCode === 0 ? c.green(text) : c.red(text)} ${took(durationMs, c)}`;
  },
  "run-ended": nothing,
};

/** `12 of 420 MiB, 8.1 MiB/s, 50.4 s left` */
function howFar(event: Event<"progress">): string {
  const { done, total } = event;
  const all = total === undefined ? "" : ` of ${mebibytes(total)}`;
  const pace = formatPace(event);
  return `${mebibytes(done)}${all} MiB${pace === "" ? "" : `, ${pace}`}`;
}

const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;
const took = (ms: number, c: Colors) => c.dim(`(${formatDuration(ms)})`);

function taskLines(event: Event<"task-ended">, c: Colors): string {
  const { vm, phase, task, status, durationMs, result } = event;
  const ignored = event.ignored ? ` ${c.dim("ignored")}` : "";
  const line = `${vmTag(vm, c)} ${phase}: ${taskName(task)} ${statusWord(status, c)}${ignored} ${took(durationMs, c)}`;
  if (event.interrupted)
    return `${vmTag(vm, c)} ${phase}: ${taskName(task)} ${c.yellow("interrupted")} ${took(durationMs, c)}`;
  const changes = differences(result, c);
  if (status === "failed") return [line, ...changes, ...failureLines(event, c)].join("\n");
  return [line, ...changes, ...saidLines(event, c)].join("\n");
}

/** What a task that went well has to say: only `debug` speaks to people. */
function saidLines(event: Event<"task-ended">, c: Colors): string[] {
  return isDebug(event) ? [quoted(textOf(event.result.msg), c)] : [];
}

const isDebug = ({ module, status, result }: Event<"task-ended">): boolean =>
  module === "debug" && status === "ok" && result.msg !== undefined && result["results"] === undefined;

const isSaying = (event: Event<"task-ended">): boolean =>
  isDebug(event) || allDiffs(event.result).some((diff) => diffLines(diff).length > 0);

/** What changed in files: only there with `--diff`. */
function differences(result: Readonly<Record<string, unknown>>, c: Colors): string[] {
  const lines = allDiffs(result).flatMap(diffLines);
  const colored = (line: string) =>
    line.startsWith("+") ? c.green(line) : line.startsWith("-") ? c.red(line) : line;
  return lines.map((line) => `  ${colored(oneLine(line))}`);
}

function allDiffs(result: Readonly<Record<string, unknown>>): unknown[] {
  const items = Array.isArray(result["results"]) ? (result["results"] as { diff?: unknown }[]) : [];
  return [result, ...items].map(({ diff }) => diff);
}

const statusWord = (status: TaskStatus, c: Colors): string =>
  ({ ok: c.green("ok"), changed: c.yellow("changed"), failed: c.red("FAILED"), skipped: c.dim("skipped") })[
    status
  ];
