import { formatDuration } from "../duration.js";
import { html, type Markup } from "./markup.js";
import type { RunRecord } from "./run-record.js";
import { counted, moment, sign, type Verdict, verdictOf } from "./words.js";

const ORDER = ["failed", "broken", "interrupted", "flaky", "passed"] as const;

export type Counts = Readonly<Record<Verdict, number>>;

export function countsOf({ vms }: Pick<RunRecord, "vms">): Counts {
  const counts = { passed: 0, flaky: 0, failed: 0, broken: 0, interrupted: 0 };
  for (const vm of vms) counts[verdictOf(vm)]++;
  return counts;
}

/** The worst that happened. */
export function verdictOfRun({ vms, unfinished, exitCode }: RunRecord): Verdict {
  const worst = ORDER.find((kind) => vms.some((vm) => verdictOf(vm) === kind));
  if (unfinished || exitCode === 130 || exitCode === 124)
    return worst === "failed" ? "failed" : "interrupted";
  return worst ?? (exitCode === 0 ? "passed" : "broken");
}

/** One line that says it all. */
export function headline(record: RunRecord): string {
  const { vms } = record;
  const counts = countsOf(record);
  const all = counted(vms.length, "VM");
  if (record.unfinished) return `The run did not end: ${counts.passed} of ${all} passed`;
  if (vms.length > 0 && counts.passed === vms.length)
    return vms.length === 1 ? "The VM passed" : `All ${all} passed`;
  const words = {
    failed: "failed",
    broken: "could not be tested",
    interrupted: "interrupted",
    flaky: "flaky",
    passed: "passed",
  };
  const parts = ORDER.filter((kind) => kind !== "passed" && counts[kind] > 0);
  return parts.length === 0
    ? "Nothing was run"
    : `${parts.map((kind) => `${counts[kind]} ${words[kind]}`).join(", ")} of ${all}`;
}

export function summarySection(record: RunRecord): Markup {
  const { project, run, start, durationMs, exitCode, runDirectory } = record;
  const verdict = verdictOfRun(record);
  return html`<header class="top ${verdict}">
<div class="bar"><p class="crumb"><strong>farm</strong> · ${project}</p><button type="button" id="theme" hidden>Dark</button></div>
<h1>${sign(verdict)}<span>${headline(record)}</span></h1>
${proportion(record)}
<dl class="facts">
<div><dt>Started</dt><dd>${moment(start)}</dd></div>
<div><dt>Took</dt><dd>${formatDuration(durationMs)}</dd></div>
<div><dt>Exit code</dt><dd>${record.unfinished ? "none" : exitCode}</dd></div>
<div><dt>Run</dt><dd><code>${run}</code></dd></div>
<div class="wide"><dt>Logs</dt><dd><code>${runDirectory}</code></dd></div>
</dl>
</header>
`;
}

/** A bar of as many parts as there are ways to end. */
function proportion(record: RunRecord): Markup {
  const counts = countsOf(record);
  const all = Math.max(1, record.vms.length);
  let x = 0;
  const parts = [...ORDER].reverse().map((kind) => {
    const width = (100 * counts[kind]) / all;
    const part =
      width > 0 &&
      html`<rect class="fill ${kind}" x="${x.toFixed(3)}%" width="${width.toFixed(3)}%" height="100%"/>`;
    x += width;
    return part;
  });
  const words = [...ORDER].reverse().filter((kind) => counts[kind] > 0);
  const label = words.map((kind) => `${counts[kind]} ${kind}`).join(", ");
  return html`<svg class="proportion" role="img" aria-label="${label || "no VMs"}">${parts}</svg>
<p class="legend">${words.map((kind) => html`<span>${sign(kind)}${counts[kind]} ${kind}</span>`)}</p>
`;
}
