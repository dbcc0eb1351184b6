import { formatDuration } from "../duration.js";
import { html, type Markup } from "./markup.js";
import { median, type RunTrace, type Trend, trendsOf } from "./trends.js";

/** Less is noise. */
const NOTABLE = 0.25;
const NOTABLE_MS = 500;

/** How long phases and the longest tasks take, run by run. @param runs the oldest first, this one last */
export function trendsSection(runs: readonly RunTrace[]): Markup | undefined {
  const { phases, tasks } = trendsOf(runs);
  if (phases.length === 0) return undefined;
  const over = runs.length > 1 ? ` over the last ${runs.length} runs` : "";
  return html`<section id="trends" aria-labelledby="h-trends"><h2 id="h-trends">Durations${over}</h2>
<p class="note">Medians over the VMs in which they passed${runs.length > 1 && "; the last bar is this run, the change is from the median of the runs before"}.</p>
<div class="twins">${table("Phases", phases, runs)}${tasks.length > 0 && table("Longest tasks", tasks, runs)}</div></section>
`;
}

function table(title: string, trends: readonly Trend[], runs: readonly RunTrace[]): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${title}"><table class="trend"><caption>${title}</caption>
<thead><tr><th scope="col">what</th><th scope="col">now</th>${runs.length > 1 && html`<th scope="col">change</th><th scope="col">runs</th>`}</tr></thead>
<tbody>${trends.map((trend) => row(trend, runs))}</tbody></table></div>`;
}

function row({ phase, task, medians }: Trend, runs: readonly RunTrace[]): Markup {
  const now = medians.at(-1) ?? 0;
  const name = task === undefined ? phase : html`${task} <span class="hush">${phase}</span>`;
  const past = runs.length > 1 && html`${changed(medians, now)}<td>${sparkline(medians, runs)}</td>`;
  return html`<tr><th scope="row">${name}</th><td class="number">${formatDuration(now)}</td>${past}</tr>
`;
}

function changed(medians: Trend["medians"], now: number): Markup {
  const earlier = medians.slice(0, -1).filter((each) => each !== undefined);
  const usual = median(earlier);
  if (earlier.length === 0) return html`<td class="number"><span class="hush">new</span></td>`;
  const change = (now - usual) / Math.max(1, usual);
  const notable = Math.abs(change) >= NOTABLE && Math.abs(now - usual) >= NOTABLE_MS;
  const text = `${change < 0 ? "−" : "+"}${Math.abs(Math.round(100 * change))} %`;
  const kind = notable ? (change > 0 ? "up" : "down") : "hush";
  return html`<td class="number"><span class="${kind}">${notable && change > 0 ? "▲ " : ""}${text}</span></td>`;
}

const BAR = 8;
const HEIGHT = 24;

function sparkline(medians: Trend["medians"], runs: readonly RunTrace[]): Markup {
  const most = Math.max(1, ...medians.map((each) => each ?? 0));
  const told = medians.map((ms) => (ms === undefined ? "none" : formatDuration(ms))).join(", ");
  const bars = medians.map((ms, index) => {
    if (ms === undefined) return undefined;
    const height = Math.max(1, (HEIGHT * ms) / most);
    const kind = index === medians.length - 1 ? "now" : "then";
    return html`<rect class="${kind}" x="${index * BAR}" y="${(HEIGHT - height).toFixed(1)}" width="${BAR - 2}" height="${height.toFixed(1)}" rx="1"><title>${runs[index]?.run}: ${formatDuration(ms)}</title></rect>`;
  });
  return html`<svg class="bars" width="${medians.length * BAR}" height="${HEIGHT}" role="img" aria-label="${told}">${bars}</svg>`;
}

/** How a VM fared in each run, as small signs. */
export function fate(vm: string, runs: readonly RunTrace[]): Markup | undefined {
  if (runs.length < 2) return undefined;
  const all = runs.map(({ run, outcomes }, index) => ({ run, kind: outcomes.get(vm), x: index * BAR }));
  const bars = all.map(
    ({ run, kind, x }) =>
      html`<rect class="fill ${kind ?? "none"}" x="${x}" y="${kind === "passed" ? 6 : 0}" width="${BAR - 2}" height="${kind === "passed" ? 6 : 12}" rx="1"><title>${run}: ${kind ?? "not there"}</title></rect>`,
  );
  const told = all.map(({ kind }) => kind ?? "not there").join(", ");
  return html`<svg class="bars" width="${all.length * BAR}" height="12" role="img" aria-label="runs so far: ${told}">${bars}</svg>`;
}
