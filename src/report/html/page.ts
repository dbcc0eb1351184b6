import { createHash } from "node:crypto";
import { changesSection } from "./changes-section.js";
import type { Difference } from "./compare-runs.js";
import { failuresSection } from "./failures-section.js";
import { html, Markup } from "./markup.js";
import { matrixSection } from "./matrix-section.js";
import type { RunRecord } from "./run-record.js";
import { SCRIPT } from "./script.js";
import { STYLE } from "./style.js";
import { headline, summarySection } from "./summary-section.js";
import { timelineSection } from "./timeline-section.js";
import type { RunTrace } from "./trends.js";
import { trendsSection } from "./trends-section.js";
import { VMS_TAIL, vmSection, vmsHead } from "./vms-section.js";
import { sign } from "./words.js";

/** What came before the run of a report. */
export interface Past {
  /** The oldest first, without the run itself. */
  readonly runs: readonly RunTrace[];
  /** From the newest of them. */
  readonly difference?: Difference;
}

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
/** Nothing is loaded, and nothing runs but the page's own style and script, told by their digests. */
const POLICY = `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}; img-src data:; base-uri 'none'; form-action 'none'`;

/** The report as pieces of one HTML file, a VM at a time. @param now this run @param output the report's directory, absolute */
export function* reportPage(
  record: RunRecord,
  now: RunTrace,
  { runs, difference }: Past,
  output: string,
): Generator<string> {
  const all = [...runs, now];
  const previous = runs.at(-1);
  const parts = [
    failuresSection(record, new Set(difference?.newlyFailing)),
    matrixSection(record, difference),
    previous && difference && changesSection(record, previous, difference),
    timelineSection(record),
    trendsSection(all),
    warnings(record),
  ];
  yield head(record).text;
  yield summarySection(record).text;
  yield navigation(parts).text;
  yield "<main>\n";
  for (const part of parts) if (part) yield part.text;
  yield vmsHead(record).text;
  for (const [index, vm] of record.vms.entries())
    yield vmSection(vm, index, record, { runs: all, output }).text;
  yield VMS_TAIL.text;
  yield `</main>\n<footer><p>Written by farm. Times are UTC.</p></footer>\n<script>${SCRIPT}</script>\n</body></html>\n`;
}

const head = (record: RunRecord): Markup => html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
<title>${headline(record)} · ${record.project} · farm</title>
<link rel="icon" href="data:,"><style>${new Markup(STYLE)}</style></head>
<body><a class="skip" href="#vms">To the virtual machines</a>
`;

const TITLES: readonly (readonly [string, string])[] = [
  ["failures", "What went wrong"],
  ["matrix", "Results"],
  ["changes", "Changes"],
  ["timeline", "Time"],
  ["trends", "Durations"],
  ["warnings", "Warnings"],
];

function navigation(parts: readonly (Markup | undefined)[]): Markup {
  const there = TITLES.filter((_, index) => parts[index] !== undefined);
  const links = [...there, ["vms", "Virtual machines"] as const];
  return html`<nav aria-label="Sections">${links.map(([id, title]) => html`<a href="#${id}">${title}</a>`)}</nav>
`;
}

const warnings = ({ warnings: all }: RunRecord): Markup | undefined =>
  all.length === 0
    ? undefined
    : html`<section id="warnings" aria-labelledby="h-warnings"><h2 id="h-warnings">Warnings</h2>
${all.map((warning) => html`<p class="warning">${sign("broken")}${warning}</p>`)}</section>
`;
