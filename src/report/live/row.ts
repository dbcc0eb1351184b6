import type { Colors } from "picocolors/types.js";
import { plainLine, type Ruler } from "../ruler.js";
import type { Glyphs } from "./glyphs.js";
import type { Counted, VmView } from "./vm-view.js";

/** How wide each column is; 0: there is no room for it. */
export interface Columns {
  readonly name: number;
  readonly hypervisor: number;
  readonly phase: number;
  readonly clock: number;
  readonly bar: number;
  readonly count: number;
  readonly doing: number;
}

/** What rows are drawn with. */
export interface Pen {
  readonly ruler: Ruler;
  readonly glyphs: Glyphs;
  readonly colors: Colors;
}

const GAP = 2;
const MARK = 2;
const PHASE = 12;
const CLOCK = 7;
const BAR = 10;
const COUNT = 8;
const LEAST_DOING = 14;

/** The columns of all rows: the most wanted first, as far as there is room. */
export function columnsFor(vms: readonly VmView[], width: number, isRun: boolean, ruler: Ruler): Columns {
  const widest = (texts: readonly string[]) =>
    Math.max(0, ...texts.map((text) => ruler.widthOf(plainLine(text))));
  const wanted = {
    name: Math.min(Math.max(1, widest(vms.map(({ name }) => name))), Math.max(12, Math.floor(width * 0.28))),
    clock: CLOCK,
    phase: isRun ? PHASE : 0,
    hypervisor: Math.min(
      widest(vms.map(({ hypervisor = "" }) => hypervisor)),
      Math.max(8, Math.floor(width * 0.15)),
    ),
    count: isRun ? COUNT : 0,
    bar: isRun ? BAR : 0,
  };
  const columns = { name: 0, clock: 0, phase: 0, hypervisor: 0, count: 0, bar: 0 };
  let left = width - MARK;
  for (const [column, size] of Object.entries(wanted) as [keyof typeof wanted, number][]) {
    const spare = column === "name" ? -GAP : LEAST_DOING;
    const given = column === "name" ? Math.min(size, left) : size;
    if (given === 0) continue;
    if (left - given - GAP < spare) break;
    columns[column] = given;
    left -= given + GAP;
  }
  return { ...columns, doing: Math.max(0, left) };
}

/** One VM as one line of a terminal. */
export function row(vm: VmView, columns: Columns, now: number, { ruler, glyphs, colors }: Pen): string {
  const paint = stateColor(vm, colors);
  const column = (text: string, width: number, color: (text: string) => string = String) =>
    width === 0 ? [] : [color(ruler.cell(plainLine(text), width))];
  const cells = [
    ...column(vm.name, columns.name, vm.state === "waiting" ? colors.dim : String),
    ...column(vm.hypervisor ?? "", columns.hypervisor, colors.dim),
    ...column(vm.state === "running" ? (vm.phase ?? "") : vm.state, columns.phase, paint),
    ...column(clockOf(vm, now).padStart(columns.clock), columns.clock),
    ...column(barOf(vm.counted, columns.bar, glyphs), columns.bar, colors.cyan),
    ...column(countOf(vm.counted).padStart(columns.count), columns.count),
  ];
  const what = [vm.counted?.pace, vm.doing].filter((part) => part !== undefined).join(", ");
  const doing = ruler.cut(plainLine(what), columns.doing);
  const last = vm.state === "running" ? doing : colors.dim(doing);
  return [`${paint(glyphs.marks[vm.state])} ${cells[0] ?? ""}`, ...cells.slice(1), last].join("  ").trimEnd();
}

/** Passed is green, trouble red or yellow, what runs cyan. */
function stateColor({ state, hasFailed }: VmView, colors: Colors): (text: string) => string {
  if (state === "passed") return colors.green;
  if (state === "failed" || state === "broken" || hasFailed) return colors.red;
  if (state === "interrupted" || state === "flaky") return colors.yellow;
  return state === "running" ? colors.cyan : colors.dim;
}

function clockOf({ started, tookMs }: VmView, now: number): string {
  if (tookMs !== undefined) return clock(tookMs);
  return started === undefined ? "" : clock(now - started);
}

/** `0:07`, `12:34`, `1:02:03`. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Nothing where no total is known. */
function barOf(counted: Counted | undefined, width: number, { full, empty }: Glyphs): string {
  if (counted?.total === undefined || counted.total === 0) return "";
  const filled = Math.floor((Math.min(counted.done, counted.total) / counted.total) * width);
  return full.repeat(filled) + empty.repeat(width - filled);
}

/** `3/12` tasks, `45%` of a download, `120 MiB` of one of unknown size. */
function countOf(counted: Counted | undefined): string {
  if (counted === undefined) return "";
  const { unit, done, total } = counted;
  if (unit === "tasks") return total === 0 ? "" : `${done}/${total ?? "?"}`;
  return total
    ? `${Math.floor((Math.min(done, total) / total) * 100)}%`
    : `${(done / 2 ** 20).toFixed(0)} MiB`;
}
