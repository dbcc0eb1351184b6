import { join } from "node:path";
import { formatDuration } from "../duration.js";
import { artifactsBlock } from "./artifacts-block.js";
import { excerptBlock } from "./excerpt-block.js";
import { html, type Markup } from "./markup.js";
import type { RunRecord, StepRecord, TaskRecord, VmRecord } from "./run-record.js";
import { countsOf } from "./summary-section.js";
import type { RunTrace } from "./trends.js";
import { fate } from "./trends-section.js";
import { anchor, badge, sign, took, verdictOf } from "./words.js";

/** The heading of the list, with what chooses from it; a piece of its own, since the list may be long. */
export function vmsHead(record: RunRecord): Markup {
  const counts = Object.entries(countsOf(record)).filter(([, n]) => n > 0);
  const choice = (value: string, label: string, n: number, checked: boolean) =>
    html`<label><input type="radio" name="show" value="${value}"${checked && html` checked`}><span>${label} <b>${n}</b></span></label>`;
  return html`<section id="vms" aria-labelledby="h-vms"><h2 id="h-vms">Virtual machines</h2>
<form id="filter" role="search" hidden>
<label class="search"><span class="hush">Search</span><input type="search" id="q" placeholder="VM, platform, task, output …  ( / )" autocomplete="off" spellcheck="false"></label>
<fieldset><legend class="hush">Show</legend>${choice("all", "all", record.vms.length, true)}${counts.map(([kind, n]) => choice(kind, kind, n, false))}</fieldset>
<button type="button" id="unfold">Open all</button><output id="shown" aria-live="polite"></output>
</form>
`;
}

export const VMS_TAIL = html`</section>
`;

/** One VM with all its phases, tasks and their outputs. `runs`: the oldest first, this one last; `output`: the report's directory. */
export function vmSection(
  vm: VmRecord,
  index: number,
  record: RunRecord,
  { runs, output }: { readonly runs: readonly RunTrace[]; readonly output: string },
): Markup {
  const verdict = verdictOf(vm);
  const { outcome, hypervisor, domainType, reason, warnings, console } = vm;
  const directory = join(record.runDirectory, vm.logs);
  const facts = [
    ["hypervisor", hypervisor && `${hypervisor} (${domainType ?? "unknown"})`],
    ["placed because", reason],
    ["logs", directory],
  ].filter(([, text]) => text !== undefined && text !== "");
  return html`<details class="vm ${verdict}" id="${anchor(index)}" data-verdict="${verdict}"><summary><h3>${sign(verdict)}${vm.vm}</h3><span class="hush">${verdict}${hypervisor !== undefined && ` on ${hypervisor}`}</span>${fate(vm.vm, runs)}${took(vm.durationMs)}</summary>
<div class="body">${outcome.message !== undefined && html`<p class="message">${outcome.message}</p>`}
<dl class="facts">${facts.map(([name, text]) => html`<div><dt>${name}</dt><dd>${text}</dd></div>`)}</dl>
${warnings.map((warning) => html`<p class="warning">${sign("broken")}${warning}</p>`)}
${vm.phases.map((phase) => phaseBlock(vm, phase, directory))}
${vm.skipped.length > 0 && html`<details class="small"><summary>${vm.skipped.length} phases were skipped</summary><ul>${vm.skipped.map(({ phase, reason: why }) => html`<li>${phase} <span class="hush">${why}</span></li>`)}</ul></details>`}
${vm.artifacts.map((each) => artifactsBlock(each, output))}
${console && html`<details class="small console"><summary>Console</summary>${excerptBlock(console, join(directory, "console.log"), `console of ${vm.vm}`)}</details>`}
</div></details>
`;
}

function phaseBlock(vm: VmRecord, phase: VmRecord["phases"][number], directory: string): Markup {
  const { phase: name, status, durationMs } = phase;
  const tasks = vm.tasks.filter((task) => task.phase === name);
  const steps = vm.steps.filter((step) => step.phase === name);
  const log = join(directory, `${name.replaceAll(" ", "-")}.log`);
  return html`<section class="phase"><h4>${sign(status)}${name}${status !== "passed" && html` ${badge(status)}`} ${took(durationMs)}</h4>
${steps.length > 0 && html`<ul class="steps">${steps.map(stepLine)}</ul>`}${tasks.map((task) => taskBlock(task, vm.vm, log))}</section>
`;
}

const stepLine = ({ step, detail, ok, durationMs }: StepRecord): Markup =>
  html`<li>${sign(ok ? "passed" : "broken")}<span class="name">${step}${detail !== undefined && html` <span class="hush">${detail}</span>`}</span>${took(durationMs)}</li>`;

function taskBlock(task: TaskRecord, vm: string, log: string): Markup {
  const { task: name, module, position, status, ignored, durationMs, output, host } = task;
  const open = status === "failed" && !ignored && html` open`;
  const elsewhere = host !== vm && html` <span class="hush">on ${host}</span>`;
  const word = ignored ? "failed, ignored" : status;
  const head = html`${sign(ignored ? "skipped" : status)}<span class="name">${name} <span class="hush">${module}</span>${elsewhere}</span><span class="status ${status}">${word}</span>${took(durationMs)}`;
  const where = html`<p class="where"><code class="position">${position}</code></p>`;
  const parts = output.map(
    ({ name: part, text }) => html`<h5>${part}</h5>${excerptBlock(text, log, `${part} of ${name}`)}`,
  );
  return html`<details class="task ${status}"${open}><summary>${head}</summary>${where}${parts}${parts.length === 0 && html`<p class="hush">It said nothing (${formatDuration(durationMs)}).</p>`}</details>
`;
}
