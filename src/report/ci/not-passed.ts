import type { FarmEvent, Outcome } from "../../events.js";
import { harmless } from "../harmless.js";

type TaskEnded = Extract<FarmEvent, { type: "task-ended" }>;

/** A VM that did not pass at once, as a CI's page tells it. */
export interface NotPassed {
  readonly outcome: Exclude<Outcome, { kind: "passed" }>;
  /** FILE:LINE:COLUMN of the task that failed. */
  readonly position: string | undefined;
  /** The end of what that task said; empty where there is none. */
  readonly output: string;
}

const TAIL_LINES = 30;
const TAIL_LENGTH = 4_000;

/** Collects, of each VM, what failed: the outcome's own task, of the last attempt in which it did. */
export function notPassedCollector() {
  const failures = new Map<string, TaskEnded[]>();
  return {
    on(event: FarmEvent): void {
      if (event.type !== "task-ended" || event.status !== "failed" || event.ignored) return;
      failures.set(event.vm, [...(failures.get(event.vm) ?? []), event]);
    },
    /** In the order of the outcomes. */
    of: (outcomes: readonly Outcome[]): NotPassed[] =>
      outcomes.flatMap((outcome) =>
        outcome.kind === "passed" ? [] : [notPassed(outcome, failures.get(outcome.vm) ?? [])],
      ),
  };
}

function notPassed(outcome: NotPassed["outcome"], failures: readonly TaskEnded[]): NotPassed {
  const attempt = outcome.kind === "flaky" ? outcome.earlier.at(-1) : outcome;
  const task = failures.findLast(
    (one) => attempt?.kind === "failed" && one.phase === attempt.phase && one.task === attempt.task,
  );
  return { outcome, position: task?.position, output: task ? tail(task) : "" };
}

function tail({ result: { stdout, stderr } }: TaskEnded): string {
  const said = [stdout, stderr].filter((text): text is string => typeof text === "string" && text !== "");
  const lines = harmless(said.join("\n")).trimEnd().split("\n");
  return lines.slice(-TAIL_LINES).join("\n").slice(-TAIL_LENGTH);
}

/** A message on one line. */
export const oneLine = (text: string): string => harmless(text).replaceAll(/\s*\n\s*/g, " ");

/** In which phase it was, where one is known. */
export const phaseOf = (outcome: Outcome): string | undefined =>
  outcome.kind === "failed" || outcome.kind === "broken"
    ? outcome.phase
    : outcome.kind === "flaky"
      ? outcome.earlier.at(-1)?.phase
      : undefined;
