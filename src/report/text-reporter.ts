import pc from "picocolors";
import { formatSize } from "../images/size.js";
import { diffLines } from "./diff-text.js";
import { formatDuration } from "./duration.js";
import type { Reporter } from "./emitter.js";
import type { FarmEvent, Outcome, TaskStatus } from "./events.js";
import { harmless } from "./harmless.js";

type Colors = ReturnType<typeof pc.createColors>;
type Line = string | undefined;
type Event<T extends FarmEvent["type"]> = Extract<FarmEvent, { type: T }>;
type Show = { readonly [T in FarmEvent["type"]]: (event: Event<T>, colors: Colors) => Line };

const LONGEST_NAME = 70;
const FAILED_TAIL_LINES = 20;
const PROGRESS_EVERY_MS = 5_000;

/** Lines that a person can follow: time, VM, phase, task, status, how long it took. */
export function textReporter(write: (text: string) => void, color: boolean): Reporter {
  const colors = pc.createColors(color);
  const told = new Map<string, number>();
  /** Progress comes twice a second: too often for lines. */
  const tooSoon = (event: FarmEvent, time: Date): boolean => {
    if (event.type !== "progress") return false;
    const last = told.get(event.vm);
    if (last === undefined || time.getTime() - last >= PROGRESS_EVERY_MS) told.set(event.vm, time.getTime());
    return last === undefined || time.getTime() - last < PROGRESS_EVERY_MS;
  };
  return {
    on: (event, time) => {
      if (tooSoon(event, time)) return;
      const line = (show[event.type] as (event: FarmEvent, colors: Colors) => Line)(event, colors);
      if (line === undefined) return;
      const clock = colors.dim(time.toTimeString().slice(0, 8));
      write(event.type === "run-ended" ? `${line}\n` : `${clock} ${line}\n`);
    },
  };
}

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
  progress: ({ vm, step, done, total }, c) =>
    c.dim(
      `${vmTag(vm, c)} startup: ${step} ${mebibytes(done)}${total === undefined ? "" : ` of ${mebibytes(total)}`} MiB`,
    ),
  "phase-started": ({ vm, phase, file }, c) =>
    file === undefined ? undefined : `${vmTag(vm, c)} ${c.bold(phase)} ${c.dim(file)}`,
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
  "apply-ended": ({ host, tasks, exitCode, durationMs }, c) => {
    const counts = Object.entries(tasks).filter(([, n]) => n > 0);
    const text = counts.map(([status, n]) => `${n} ${status}`).join(", ") || "no tasks";
    return `${vmTag(host, c)} ${exitCode === 0 ? c.green(text) : c.red(text)} ${took(durationMs, c)}`;
  },
  "run-ended": (event, c) => summary(event, c),
};

const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;
const took = (ms: number, c: Colors) => c.dim(`(${formatDuration(ms)})`);

function taskLines(event: Event<"task-ended">, c: Colors): string {
  const { vm, phase, task, status, durationMs, result, position } = event;
  const ignored = event.ignored ? ` ${c.dim("ignored")}` : "";
  const line = `${vmTag(vm, c)} ${phase}: ${taskName(task)} ${statusWord(status, c)}${ignored} ${took(durationMs, c)}`;
  const changes = differences(result, c);
  if (status === "failed") return [line, ...changes, ...failureLines(result, position, c)].join("\n");
  return [line, ...changes, ...saidLines(event, c)].join("\n");
}

/** What a task that went well has to say: only `debug` speaks to people. */
function saidLines({ module, status, result }: Event<"task-ended">, c: Colors): string[] {
  const { msg } = result;
  if (module !== "debug" || status !== "ok" || msg === undefined || result["results"] !== undefined)
    return [];
  return [quoted(textOf(msg), c)];
}

/** What changed in files: only there with `--diff`. */
function differences(result: Readonly<Record<string, unknown>>, c: Colors): string[] {
  const items = Array.isArray(result["results"]) ? (result["results"] as { diff?: unknown }[]) : [];
  const lines = [result, ...items].flatMap(({ diff }) => diffLines(diff));
  const colored = (line: string) =>
    line.startsWith("+") ? c.green(line) : line.startsWith("-") ? c.red(line) : line;
  return lines.map((line) => `  ${colored(oneLine(line))}`);
}

const statusWord = (status: TaskStatus, c: Colors): string =>
  ({ ok: c.green("ok"), changed: c.yellow("changed"), failed: c.red("FAILED"), skipped: c.dim("skipped") })[
    status
  ];

/** The end of what the task said, and where it stands. */
function failureLines(result: Readonly<Record<string, unknown>>, position: string, c: Colors): string[] {
  const why = [result.msg, result.rc === undefined ? undefined : `exit status ${String(result.rc)}`];
  const head = `  ${c.red(
    why
      .filter((part) => part !== undefined)
      .map((part) => textOf(part))
      .join(", "),
  )}, at ${position}`;
  const output = [result.stdout, result.stderr]
    .filter((text): text is string => typeof text === "string" && text !== "")
    .join("\n");
  return output === "" ? [head] : [head, quoted(tail(output), c)];
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function tail(text: string): string {
  const lines = text.split("\n");
  if (lines.length <= FAILED_TAIL_LINES) return text;
  return [`(${lines.length - FAILED_TAIL_LINES} lines before)`, ...lines.slice(-FAILED_TAIL_LINES)].join(
    "\n",
  );
}

const quoted = (text: string, c: Colors): string =>
  harmless(text)
    .split("\n")
    .map((line) => `  ${c.dim("|")} ${line}`)
    .join("\n");

function outcomeWord(outcome: Outcome, c: Colors): string {
  if (outcome.kind === "broken" && outcome.interrupted) return c.yellow("interrupted");
  return outcome.kind === "passed" ? c.green("passed") : c.red(outcome.kind);
}

function summary({ outcomes, exitCode, runDirectory, durationMs }: Event<"run-ended">, c: Colors): string {
  const width = Math.max(0, ...outcomes.map(({ vm }) => vm.length));
  const rows = outcomes.map((outcome) => {
    const name = oneLine(outcome.vm).padEnd(width);
    return `  ${name}  ${outcomeWord(outcome, c)}${outcome.kind === "passed" ? "" : `  ${harmless(outcome.message)}`}`;
  });
  const passed = outcomes.filter(({ kind }) => kind === "passed").length;
  if (outcomes.length === 0) return `\nlogs: ${runDirectory}`;
  const head = `${passed} of ${count(outcomes.length, "VM")} passed in ${formatDuration(durationMs)}, exit code ${exitCode}`;
  return [
    "",
    ...rows,
    passed === outcomes.length ? c.green(head) : c.red(head),
    `logs: ${runDirectory}`,
  ].join("\n");
}
