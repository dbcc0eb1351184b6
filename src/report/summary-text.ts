import type { Colors } from "picocolors/types.js";
import type { FarmEvent, Outcome } from "../events.js";
import { formatDuration } from "./duration.js";
import { logsCommand, outcomeWord, outputOf, quoted, tail } from "./failure-text.js";
import { harmless } from "./harmless.js";

type Event<T extends FarmEvent["type"]> = Extract<FarmEvent, { type: T }>;

const TAIL_LINES = 3;
/** Of more VMs than these the summary does not say what their tasks said: it would no longer be one. */
const MOST_TOLD = 10;

/** What stays on the screen at the end of a run; for what failed it remembers where and with which words. */
export class SummaryText {
  readonly #failed = new Map<string, Event<"task-ended">>();
  /** VMs that there are logs of. */
  readonly #logged = new Set<string>();

  constructor(private readonly inventory: string | undefined) {}

  on(event: FarmEvent): void {
    if (hasLogs(event)) this.#logged.add(event.vm);
    if (event.type !== "task-ended" || event.status !== "failed" || event.ignored || event.interrupted)
      return;
    this.#failed.set(keyOf(event), event);
  }

  /** A line a VM, those that did not pass last; then the count and where the logs are. */
  text({ outcomes, exitCode, runDirectory, durationMs }: Event<"run-ended">, c: Colors): string {
    if (outcomes.length === 0) return `\nlogs: ${runDirectory}`;
    const width = Math.max(0, ...outcomes.map(({ vm }) => oneLine(vm).length));
    const passed = outcomes.filter(({ kind }) => kind === "passed");
    const others = outcomes.filter(({ kind }) => kind !== "passed");
    const rows = [...passed, ...others].flatMap((outcome) => [
      `  ${oneLine(outcome.vm).padEnd(width)}  ${outcomeWord(outcome, c)}${outcome.kind === "passed" ? "" : `  ${harmless(outcome.message)}`}`,
      ...(others.length <= MOST_TOLD ? this.#details(outcome, c) : []),
    ]);
    const flaky = outcomes.filter(({ kind }) => kind === "flaky").length;
    const also = flaky === 0 ? "" : `, ${flaky} flaky`;
    const vms = `${outcomes.length} VM${outcomes.length === 1 ? "" : "s"}`;
    const head = `${passed.length} of ${vms} passed${also} in ${formatDuration(durationMs)}, exit code ${exitCode}`;
    const color = others.length === 0 ? c.green : others.length === flaky ? c.yellow : c.red;
    return ["", ...rows, color(head), `logs: ${runDirectory}`].join("\n");
  }

  #details(outcome: Outcome, c: Colors): string[] {
    if (
      outcome.kind === "passed" ||
      outcome.kind === "flaky" ||
      (outcome.kind === "broken" && outcome.interrupted)
    )
      return [];
    const failed = outcome.kind === "failed" ? this.#failed.get(keyOf(outcome)) : undefined;
    const output = failed === undefined ? "" : outputOf(failed.result);
    const isLogged = outcome.kind === "failed" || this.#logged.has(outcome.vm);
    const more =
      this.inventory === undefined || !isLogged
        ? []
        : [logsCommand(outcome.vm, outcome.phase, this.inventory)];
    const lines = [
      ...(failed === undefined ? [] : [`  at ${failed.position}`]),
      ...(output === "" ? [] : [quoted(tail(output, TAIL_LINES), c)]),
      ...more.map((command) => `  ${c.dim(`more: ${command}`)}`),
    ];
    return lines.flatMap((line) => line.split("\n")).map((line) => `  ${line}`);
  }
}

/** Tasks have logs, and a domain has a console; of a VM that came to neither there is nothing to show. */
const hasLogs = (event: FarmEvent): event is Event<"task-started"> | Event<"step-started"> =>
  event.type === "task-started" ||
  (event.type === "step-started" && (event.step === "define" || event.step === "restore"));

/** A task that failed and was rescued is not what the VM failed by. */
const keyOf = ({ vm, phase, task }: { vm: string; phase: string; task: string }): string =>
  JSON.stringify([vm, phase, task]);

const oneLine = (text: string): string => harmless(text).replaceAll("\n", " ");
