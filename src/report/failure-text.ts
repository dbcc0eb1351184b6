import type { Colors } from "picocolors/types.js";
import type { FarmEvent, Outcome } from "../events.js";
import { FILE_PHASES } from "../phases.js";
import { quoteCommand } from "../transport/quote.js";
import { harmless } from "./harmless.js";

type TaskEnded = Extract<FarmEvent, { type: "task-ended" }>;

const TAIL_LINES = 20;

/** Why the task failed, where it stands, and the end of what it said. */
export function failureLines({ position, result }: TaskEnded, c: Colors): string[] {
  const why = [result.msg, result.rc === undefined ? undefined : `exit status ${String(result.rc)}`];
  const head = `  ${c.red(
    why
      .filter((part) => part !== undefined)
      .map((part) => textOf(part))
      .join(", "),
  )}, at ${position}`;
  const output = outputOf(result);
  return output === "" ? [head] : [head, quoted(tail(output, TAIL_LINES), c)];
}

/** The command that shows all that a task said, where it failed and nobody ignores that. */
export function moreLines(
  { vm, phase, status, ignored, interrupted }: TaskEnded,
  inventory: string | undefined,
  c: Colors,
): string[] {
  if (status !== "failed" || ignored || interrupted || inventory === undefined) return [];
  return [`  ${c.dim(`more: ${logsCommand(vm, phase, inventory)}`)}`];
}

/** All that a task said: its standard output, then its standard error. */
export const outputOf = (result: TaskEnded["result"]): string =>
  [result.stdout, result.stderr]
    .filter((text): text is string => typeof text === "string" && text !== "")
    .map((text) => text.replace(/\n$/, ""))
    .join("\n");

export const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** The last lines of a text, and how many there were before. */
export function tail(text: string, most: number): string {
  const lines = text.trimEnd().split("\n");
  if (lines.length <= most) return lines.join("\n");
  const before = lines.length - most;
  return [`(${before} line${before === 1 ? "" : "s"} before)`, ...lines.slice(-most)].join("\n");
}

/** Indented, and marked as somebody else's words. */
export const quoted = (text: string, c: Colors): string =>
  harmless(text)
    .split("\n")
    .map((line) => `  ${c.dim("|")} ${line}`)
    .join("\n");

/** Only task files have logs of their own. */
const hasLog = (phase: string): boolean => (FILE_PHASES as readonly string[]).includes(phase);

/** The command that shows the whole log of a phase, or of the VM where the phase has none; safe to copy into a shell. */
export function logsCommand(vm: string, phase: string | undefined, inventory: string): string {
  const only = phase !== undefined && hasLog(phase) ? ["--phase", phase] : [];
  return harmless(quoteCommand(["farm", "logs", vm, "-i", inventory, ...only])).replaceAll("\n", " ");
}

export function outcomeWord(outcome: Outcome, c: Colors): string {
  if (outcome.kind === "broken" && outcome.interrupted) return c.yellow("interrupted");
  if (outcome.kind === "flaky") return c.yellow("flaky");
  return outcome.kind === "passed" ? c.green("passed") : c.red(outcome.kind);
}
