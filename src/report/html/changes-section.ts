import { formatDuration } from "../duration.js";
import type { Difference, Slower } from "./compare-runs.js";
import { html, type Markup } from "./markup.js";
import type { RunRecord } from "./run-record.js";
import type { RunTrace } from "./trends.js";
import { anchor, moment, sign } from "./words.js";

const MOST = 12;

/** What is not as it was in the run before. */
export function changesSection(record: RunRecord, previous: RunTrace, difference: Difference): Markup {
  const indexes = new Map(record.vms.map(({ vm }, index) => [vm, index]));
  const link = (vm: string): Markup => {
    const index = indexes.get(vm);
    return index === undefined ? html`<span>${vm}</span>` : html`<a href="#${anchor(index)}">${vm}</a>`;
  };
  const named = (title: string, status: string, vms: readonly string[]) =>
    vms.length > 0 && group(title, status, vms.map(link));
  const slow = (each: Slower) =>
    html`${link(each.vm)} <span class="hush">${each.phase}</span> ${formatDuration(each.beforeMs)} → ${formatDuration(each.nowMs)} <strong>${percent(each)}</strong>`;
  const { newlyFailing, fixed, stillFailing, added, missing, slower, faster } = difference;
  const groups = [
    named("Newly failing", "failed", newlyFailing),
    named("Fixed", "passed", fixed),
    named("Still failing", "broken", stillFailing),
    slower.length > 0 && group("Slower", "slower", slower.map(slow)),
    faster.length > 0 && group("Faster", "passed", faster.map(slow)),
    named("Not in the run before", "skipped", added),
    named("No longer there", "skipped", missing),
  ].filter((each) => each !== false);
  return html`<section id="changes" aria-labelledby="h-changes"><h2 id="h-changes">Since the run before</h2>
<p class="note">Compared with <code>${previous.run}</code> of ${moment(previous.start)}.</p>
${groups.length === 0 ? html`<p>The same VMs passed, none of them notably slower.</p>` : html`<div class="changes">${groups}</div>`}</section>
`;
}

function group(title: string, status: string, items: readonly Markup[]): Markup {
  const rest = items.length - MOST;
  return html`<div><h3>${sign(status)}${title} <span class="count">${items.length}</span></h3>
<ul>${items.slice(0, MOST).map((item) => html`<li>${item}</li>`)}${rest > 0 && html`<li class="hush">and ${rest} more</li>`}</ul></div>`;
}

function percent({ beforeMs, nowMs }: Slower): string {
  const change = Math.round((100 * (nowMs - beforeMs)) / Math.max(1, beforeMs));
  return `${change > 0 ? "+" : "−"}${Math.abs(change)} %`;
}
