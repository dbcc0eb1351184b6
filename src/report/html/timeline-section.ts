import { formatDuration } from "../duration.js";
import { html, type Markup } from "./markup.js";
import type { RunRecord, VmRecord } from "./run-record.js";
import { anchor, sign, verdictOf } from "./words.js";

type Placed = { readonly vm: VmRecord; readonly index: number };
interface Span {
  readonly from: number;
  readonly to: number;
}

const KINDS = ["waiting", "prepare", "points", "provision", "main", "end"] as const;
type Kind = (typeof KINDS)[number];
const KIND_NAMES: Readonly<Record<Kind, string>> = {
  waiting: "waiting",
  prepare: "startup",
  points: "restore points",
  provision: "dependencies, init",
  main: "main",
  end: "terminate, shutdown",
};
const TICKS = 5;
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];

const kindOf = (phase: string): Kind => {
  if (/^(?:restore|create) /.test(phase)) return "points";
  if (phase === "startup") return "prepare";
  if (phase === "main") return "main";
  return phase === "dependencies" || phase === "init" ? "provision" : "end";
};

/** Where the time went, and what ran at the same time: a strip a VM, by hypervisor. */
export function timelineSection(record: RunRecord): Markup | undefined {
  const begin = Date.parse(record.start);
  const total = Math.max(1, record.durationMs);
  const at = (ms: number): string => ((100 * Math.min(Math.max(0, ms), total)) / total).toFixed(2);
  const hypervisors = new Map<string, Placed[]>();
  for (const [index, vm] of record.vms.entries())
    if (vm.start !== undefined && vm.hypervisor !== undefined) {
      const placed = hypervisors.get(vm.hypervisor) ?? [];
      placed.push({ vm, index });
      hypervisors.set(vm.hypervisor, placed);
    }
  if (hypervisors.size === 0) return undefined;
  return html`<section id="timeline" aria-labelledby="h-timeline"><h2 id="h-timeline">Where the time went</h2>
<p class="legend">${KINDS.map((kind) => html`<span><svg class="swatch" aria-hidden="true"><rect class="${kind}" width="100%" height="100%"/></svg>${KIND_NAMES[kind]}</span>`)}</p>
<div class="timeline">${axis(total, at)}${[...hypervisors].map(([name, placed]) => lane(name, placed, begin, total, at))}</div></section>
`;
}

function axis(total: number, at: (ms: number) => string): Markup {
  const step =
    1_000 * (STEPS_S.find((each) => total / 1_000 / each <= TICKS) ?? Math.ceil(total / 1_000 / TICKS));
  const ticks = Array.from({ length: Math.floor(total / step) + 1 }, (_, index) => index * step);
  const room = ticks.filter((ms) => ms === 0 || ms < total * 0.95);
  return html`<div class="line axis" aria-hidden="true"><span></span><svg>${room.map((ms) => html`<line x1="${at(ms)}%" x2="${at(ms)}%" y1="14" y2="20"/><text x="${at(ms)}%" y="10" class="${ms === 0 && "first"}">${tick(ms)}</text>`)}</svg></div>
`;
}

function tick(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds === 0) return "0";
  if (seconds % 3_600 === 0) return `${seconds / 3_600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

function lane(
  name: string,
  placed: readonly Placed[],
  begin: number,
  total: number,
  at: (ms: number) => string,
): Markup {
  const sorted = placed.toSorted((a, b) => startOf(a.vm) - startOf(b.vm));
  const spans = sorted.map(({ vm }) => ({
    from: startOf(vm) - begin,
    to: startOf(vm) - begin + vm.durationMs,
  }));
  const load = concurrency(spans);
  const most = Math.max(0, ...load.map(({ active }) => active));
  const busy = load.reduce((sum, { active, ms }) => sum + (active > 0 ? ms : 0), 0);
  const note = `${placed.length === 1 ? "1 VM" : `${placed.length} VMs`}, at most ${most} at a time, busy ${Math.round((100 * busy) / total)} % of the run`;
  return html`<h3>${name} <span class="hush">${note}</span></h3>
${sorted.map((each) => strip(each, begin, at))}`;
}

const startOf = ({ start }: VmRecord): number => Date.parse(start ?? "");

/** How many ran at the same time, for how long, in order. */
export function concurrency(spans: readonly Span[]): { readonly active: number; readonly ms: number }[] {
  const edges = spans
    .flatMap(({ from, to }) => [
      { at: from, by: 1 },
      { at: to, by: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by);
  let active = 0;
  return edges.flatMap(({ at, by }, index) => {
    active += by;
    const ms = (edges[index + 1]?.at ?? at) - at;
    return ms > 0 ? [{ active, ms }] : [];
  });
}

function strip({ vm, index }: Placed, begin: number, at: (ms: number) => string): Markup {
  const start = startOf(vm) - begin;
  const rect = (kind: string, from: number, ms: number, title: string) => {
    const width = Math.max(0.15, Number(at(from + ms)) - Number(at(from))).toFixed(2);
    return html`<rect class="${kind}" x="${at(from)}%" width="${width}%" y="2" height="16" rx="2"><title>${title}</title></rect>`;
  };
  const phases = vm.phases.map(({ phase, status, start: began, durationMs }) =>
    rect(
      `${kindOf(phase)}${status === "passed" ? "" : " bad"}`,
      Date.parse(began) - begin,
      durationMs,
      `${phase}: ${status} after ${formatDuration(durationMs)}`,
    ),
  );
  const label = `${vm.vm}: began after ${formatDuration(Math.max(0, start))}, ${vm.phases.map(({ phase, durationMs }) => `${phase} ${formatDuration(durationMs)}`).join(", ")}`;
  return html`<div class="line" data-of="${anchor(index)}"><a href="#${anchor(index)}">${sign(verdictOf(vm))}${vm.vm}</a><svg role="img" aria-label="${label}"><rect class="track" width="100%" y="2" height="16" rx="2"/>${start > 0 && rect("waiting", 0, start, `waited ${formatDuration(start)}`)}${phases}</svg></div>
`;
}
