import { html, type Markup } from "./markup.js";
import type { RunRecord, TaskRecord, VmRecord } from "./run-record.js";
import { lastLines } from "./task-output.js";
import { anchor, badge, verdictOf } from "./words.js";

const LINES = 15;
/** More would bury the rest of the page; the list of VMs has them all. */
const MOST = 25;

/** What people come for: each VM that did not pass, where it stopped and what it last said. */
export function failuresSection({ vms }: RunRecord, newlyFailing: ReadonlySet<string>): Markup | undefined {
  const bad = vms
    .map((vm, index) => ({ vm, index }))
    .filter(({ vm }) => verdictOf(vm) !== "passed")
    .sort((a, b) => rank(a.vm) - rank(b.vm));
  if (bad.length === 0) return undefined;
  const more = bad.length - MOST;
  return html`<section id="failures" aria-labelledby="h-failures"><h2 id="h-failures">What went wrong</h2>
<div class="cards">${bad.slice(0, MOST).map(({ vm, index }) => card(vm, index, newlyFailing.has(vm.vm)))}</div>
${more > 0 && html`<p class="note">${more} more are in <a href="#vms">the list of VMs</a>.</p>`}</section>
`;
}

const rank = (vm: VmRecord): number => ["failed", "broken", "interrupted", "flaky"].indexOf(verdictOf(vm));

/** The task that the outcome is about. */
export function culprit({ outcome, tasks }: VmRecord): TaskRecord | undefined {
  if (outcome.kind !== "failed") return undefined;
  return tasks.findLast(
    ({ status, ignored, phase, task }) =>
      status === "failed" && !ignored && phase === outcome.phase && task === outcome.task,
  );
}

function card(vm: VmRecord, index: number, isNew: boolean): Markup {
  const { outcome } = vm;
  const task = culprit(vm);
  const said = task ? lastLines(task.output, LINES) : consoleTail(vm);
  const where = [outcome.phase, outcome.task].filter((part) => part !== undefined);
  return html`<article class="card ${verdictOf(vm)}">
<h3><a href="#${anchor(index)}">${vm.vm}</a> ${badge(verdictOf(vm))}${isNew && html` <span class="badge new">new</span>`}</h3>
<p class="where">${where.join(" › ")}${task && html` <code class="position">${task.position}</code>`}</p>
<p class="message">${outcome.message}</p>
${said !== "" && html`<pre tabindex="0" role="region" aria-label="last lines of ${vm.vm}">${said}</pre>`}
</article>
`;
}

/** The console tells something of a guest that never answered. */
function consoleTail({ outcome, console, tasks }: VmRecord): string {
  if (outcome.kind !== "broken" || outcome.interrupted || tasks.length > 0 || !console) return "";
  return lastLines([{ name: "console", text: console }], LINES);
}
