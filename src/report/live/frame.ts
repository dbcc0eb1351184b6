import { stripVTControlCharacters } from "node:util";
import { formatDuration } from "../duration.js";
import { harmless } from "../harmless.js";
import { plainLine } from "../ruler.js";
import { etaMs } from "./eta.js";
import type { Expected } from "./expected.js";
import type { FarmView } from "./farm-view.js";
import { byInterest, countStates, inFocus } from "./order.js";
import { columnsFor, type Pen, row } from "./row.js";
import type { VmView } from "./vm-view.js";

/** Of the terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const MOST_OUTPUT = 6;
/** Below this many rows there is no room for output. */
const LEAST_ROWS_FOR_OUTPUT = 12;
const LEAST_WIDTH_FOR_OUTPUT = 12;

/**
 * The live part of the screen, never wider or higher than the terminal: the VMs, a summary, the end of what one of them says.
 * Pure. Output comes last, so that nothing else moves when it comes and goes.
 */
export function frame(farm: FarmView, size: Size, now: number, expected: Expected, pen: Pen): string[] {
  // The last column and row stay free: a terminal would go on to the next line, or scroll.
  const width = Math.max(1, size.columns - 1);
  const height = Math.max(1, size.rows - 1);
  const forOutput = size.rows < LEAST_ROWS_FOR_OUTPUT ? 0 : Math.min(MOST_OUTPUT, Math.floor(height / 5));
  const vms = byInterest(farm.vms.values());
  const forVms = Math.max(0, height - 1 - (forOutput === 0 ? 0 : forOutput + 2));
  const lines = [
    ...vmRows(vms, { width, height: forVms, isRun: farm.isRun }, now, pen),
    summaryLine(farm, width, now, expected, pen),
    ...(forOutput === 0 ? [] : outputLines(inFocus(vms), width, forOutput, pen)),
  ];
  return lines.slice(0, height);
}

interface Room {
  readonly width: number;
  readonly height: number;
  readonly isRun: boolean;
}

function vmRows(vms: readonly VmView[], { width, height, isRun }: Room, now: number, pen: Pen): string[] {
  const shown = vms.length <= height ? vms : vms.slice(0, Math.max(0, height - 1));
  const columns = columnsFor(shown, width, isRun, pen.ruler);
  const rows = shown.map((vm) => row(vm, columns, now, pen));
  if (shown.length === vms.length || height === 0) return rows;
  const { ellipsis } = pen.glyphs;
  const rest = vms.slice(shown.length);
  const more = `${ellipsis} ${rest.length} more: ${stateList(rest)}`;
  return [...rows, pen.colors.dim(pen.ruler.cut(more, width))];
}

const stateList = (vms: readonly VmView[]): string =>
  countStates(vms)
    .map(([state, count]) => `${count} ${state}`)
    .join(", ");

/** `2 passed, 1 failed, 3 running   2 min 05 s, about 4 min 00 s left`. */
function summaryLine(farm: FarmView, width: number, now: number, expected: Expected, pen: Pen): string {
  const { colors, ruler } = pen;
  const paint = {
    passed: colors.green,
    flaky: colors.yellow,
    failed: colors.red,
    broken: colors.red,
  } as Partial<Record<VmView["state"], (text: string) => string>>;
  const counts = countStates(farm.vms.values()).map(([state, count]) =>
    (paint[state] ?? String)(`${count} ${state}`),
  );
  const time = farm.started === undefined ? [] : [formatDuration(Math.max(0, now - farm.started))];
  const state = farm.interrupting ? [colors.yellow("interrupted, ending")] : [];
  const line = [...state, ...counts, ...time, ...etaText(farm, now, expected)].join(", ");
  return ruler.widthOf(line) <= width ? line : ruler.cut(stripVTControlCharacters(line), width);
}

/** Only while something runs, and no more exact than it is. */
function etaText({ vms, interrupting }: FarmView, now: number, expected: Expected): string[] {
  const isRunning = [...vms.values()].some(({ state }) => state === "running");
  const ms = isRunning && !interrupting ? etaMs(vms.values(), expected, now) : undefined;
  if (ms === undefined) return [];
  const minutes = Math.ceil(ms / 60_000);
  return [ms < 60_000 ? "less than a minute left" : `about ${minutes} min left`];
}

/** Whose output it is, and its last lines. */
function outputLines(vm: VmView | undefined, width: number, height: number, pen: Pen): string[] {
  if (vm === undefined || width < LEAST_WIDTH_FOR_OUTPUT) return [];
  const { colors, ruler, glyphs } = pen;
  const said = harmless(vm.output)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-height);
  const title = [vm.name, vm.phase, vm.doing].filter((part) => part !== undefined).map(plainLine);
  return [
    "",
    colors.bold(ruler.cut(title.join(": "), width)),
    ...said.map(
      (line) => `${colors.dim(glyphs.quote)} ${ruler.cut(plainLine(line), Math.max(0, width - 2))}`,
    ),
  ];
}
