import type { FarmEvent, Outcome } from "../../events.js";
import { formatDuration } from "../duration.js";
import { type NotPassed, oneLine, phaseOf } from "./not-passed.js";

type RunEnded = Extract<FarmEvent, { type: "run-ended" }>;

/** GitHub refuses a summary of more than 1 MiB. */
const MOST_BYTES = 900_000;
const LONGEST_MESSAGE = 300;

/** A run as GitHub's job page shows it: Markdown in which nothing of a guest's is markup. */
export function jobSummary(
  project: string,
  { outcomes, exitCode, durationMs }: RunEnded,
  notPassed: readonly NotPassed[],
  durations: ReadonlyMap<string, number>,
): string {
  const head = `### ${exitCode === 0 ? "✅" : "❌"} farm: ${cell(project)}\n\n${counts(outcomes)} in ${formatDuration(durationMs)}, exit code ${exitCode}\n`;
  const rows = [...outcomes]
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
    .map((outcome) => row(outcome, durations.get(outcome.vm)));
  const table = ["", "| VM | result | phase | why | time |", "|---|---|---|---|--:|"];
  return fitted([head, ...table.map((line) => `${line}\n`), ...rows], notPassed.flatMap(details));
}

const ORDER: readonly Outcome["kind"][] = ["failed", "broken", "flaky", "passed"];
const WORDS: Readonly<Record<Outcome["kind"], string>> = {
  passed: "✅ passed",
  flaky: "⚠️ flaky",
  failed: "❌ failed",
  broken: "💥 broken",
};

const counts = (outcomes: readonly Outcome[]): string =>
  [...ORDER]
    .reverse()
    .map((kind) => [outcomes.filter((outcome) => outcome.kind === kind).length, kind] as const)
    .filter(([count, kind]) => count > 0 || kind === "passed")
    .map(([count, kind]) => `${count} ${kind}`)
    .join(", ");

function row(outcome: Outcome, durationMs: number | undefined): string {
  const why = outcome.kind === "passed" ? "" : cell(oneLine(outcome.message).slice(0, LONGEST_MESSAGE));
  const time = durationMs === undefined ? "" : formatDuration(durationMs);
  const fields = [cell(outcome.vm), WORDS[outcome.kind], cell(phaseOf(outcome) ?? ""), why, time];
  return `| ${fields.join(" | ")} |\n`;
}

function details({ outcome, position, output }: NotPassed): string[] {
  if (output === "") return [];
  const where = position === undefined ? "" : ` at ${cell(position)}`;
  return [
    `\n<details><summary>${cell(outcome.vm)}${where}</summary>\n\n<pre>${escaped(output).replaceAll("\n", "&#10;")}</pre>\n\n</details>\n`,
  ];
}

/** The rows first, then as many details as there is room for. */
function fitted(rows: readonly string[], more: readonly string[]): string {
  let text = "";
  let bytes = 0;
  for (const part of [...rows, ...more]) {
    bytes += Buffer.byteLength(part);
    if (bytes > MOST_BYTES) return `${text}\nThere is more in the run's log.\n`;
    text += part;
  }
  return text;
}

/** Text that is neither HTML nor Markdown, a mention or a link. */
const escaped = (text: string): string =>
  text.replace(/[&<>"'`*_~|[\]\\@#:!()]/g, (char) => `&#${char.charCodeAt(0)};`);

const cell = (text: string): string => escaped(oneLine(text));
