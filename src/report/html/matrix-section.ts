import type { Difference } from "./compare-runs.js";
import { html, type Markup } from "./markup.js";
import type { RunRecord, VmRecord } from "./run-record.js";
import { anchor, sign, took, verdictOf } from "./words.js";

type Placed = { readonly vm: VmRecord; readonly index: number };

/** Platforms down, targets across. */
export function matrixSection({ vms }: RunRecord, difference: Difference | undefined): Markup {
  const targets = [...new Set(vms.map(targetOf))];
  const rows = new Map<string, Placed[]>();
  for (const [index, vm] of vms.entries()) {
    const row = rows.get(platformOf(vm)) ?? [];
    row.push({ vm, index });
    rows.set(platformOf(vm), row);
  }
  const cells = (placed: readonly Placed[]) =>
    targets.map((target) =>
      cell(
        placed.filter(({ vm }) => targetOf(vm) === target),
        difference,
      ),
    );
  return html`<section id="matrix" aria-labelledby="h-matrix"><h2 id="h-matrix">Results</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="h-matrix"><table class="matrix">
<thead><tr><th scope="col">platform</th>${targets.map((target) => html`<th scope="col">${target}</th>`)}</tr></thead>
<tbody>${[...rows].map(([platform, placed]) => html`<tr><th scope="row">${platform}</th>${cells(placed)}</tr>\n`)}</tbody>
</table></div></section>
`;
}

const platformOf = ({ platform, vm }: VmRecord): string => platform ?? vm;
const targetOf = ({ target }: VmRecord): string => target ?? "–";

function cell(placed: readonly Placed[], difference: Difference | undefined): Markup {
  if (placed.length === 0) return html`<td class="none"><span class="hush">none</span></td>`;
  const several = placed.length > 1;
  return html`<td>${placed.map(({ vm, index }) => {
    const verdict = verdictOf(vm);
    return html`<a class="cell ${verdict}" href="#${anchor(index)}" title="${vm.vm}">${sign(verdict)}<span class="what">${several ? vm.vm : verdict}${several && html`<span class="hush"> ${verdict}</span>`}${change(vm.vm, difference)}</span>${vm.start !== undefined && took(vm.durationMs)}</a>`;
  })}</td>`;
}

function change(vm: string, difference: Difference | undefined): Markup | undefined {
  if (difference?.newlyFailing.includes(vm)) return html` <span class="badge new">new</span>`;
  return difference?.fixed.includes(vm) ? html` <span class="badge fixed">fixed</span>` : undefined;
}
