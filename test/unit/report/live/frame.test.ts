import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import pc from "picocolors";
import stringWidth from "string-width";
import { beforeAll, expect, test } from "vitest";
import { harmless } from "../../../../src/report/harmless.js";
import { type FarmView, FarmViewer } from "../../../../src/report/live/farm-view.js";
import { frame } from "../../../../src/report/live/frame.js";
import { glyphsFor } from "../../../../src/report/live/glyphs.js";
import type { Pen } from "../../../../src/report/live/row.js";
import { newVmView, type VmView } from "../../../../src/report/live/vm-view.js";
import { loadRuler } from "../../../../src/report/ruler.js";
import { scriptedFarm } from "../../../fakes/scripted-farm.js";

let pen: Pen;
beforeAll(async () => {
  pen = {
    ruler: await loadRuler(),
    glyphs: glyphsFor({ LANG: "en_US.UTF-8" }),
    colors: pc.createColors(false),
  };
});

/** A scripted run at a second of it. */
function at(second: number, vms: number): FarmView {
  const viewer = new FarmViewer();
  for (const timed of scriptedFarm({ vms, hypervisors: 10, lanes: 3, tasks: 6, failEvery: 9 }))
    if (timed.at <= second) viewer.on(timed.event, timed.at * 1000);
  return viewer.view;
}

const farm = (...vms: VmView[]): FarmView => ({
  ...{ started: 0, interrupting: false, isRun: true },
  vms: new Map(vms.map((vm) => [vm.name, vm])),
});
const view = (name: string, more: Partial<VmView> = {}): VmView => ({ ...newVmView(name, 0), ...more });
const drawn = (shown: FarmView, columns = 100, rows = 30, now = 65_000) =>
  frame(shown, { columns, rows }, now, new Map(), pen);

test("a VM is a row: mark, name, hypervisor, phase, time, bar, count, task", () => {
  const one = view("one", {
    ...{ state: "running", hypervisor: "hv1", started: 0, phase: "main", doing: "Build" },
    counted: { unit: "tasks", done: 3, total: 4 },
  });
  expect(drawn(farm(one))).toEqual([
    "● one  hv1  main             1:05  ███████░░░       3/4  Build",
    "1 running, 1 min 05 s",
  ]);
});

test("a download tells how fast it is before what it is of", () => {
  const one = view("one", {
    ...{ state: "running", started: 0, phase: "startup", doing: "image x.qcow2" },
    counted: { unit: "bytes", done: 3, total: 4, pace: "fetch 2 MiB/s, 3.0 s left" },
  });
  expect(drawn(farm(one))[0]).toMatch(/ 75% {2}fetch 2 MiB\/s, 3\.0 s left, image x\.qcow2$/);
});

test("the most interesting ones come first: trouble, the longest running, what failed, waiting, passed", () => {
  const shown = farm(
    view("passed", { state: "passed", tookMs: 1 }),
    view("waiting"),
    view("failed", { state: "failed", tookMs: 1 }),
    view("young", { state: "running", started: 9 }),
    view("old", { state: "running", started: 5 }),
    view("failing", { state: "running", started: 8, hasFailed: true }),
  );
  const names = drawn(shown)
    .slice(0, 6)
    .map((line) => line.split(/ +/)[1]);
  expect(names).toEqual(["failing", "old", "young", "failed", "waiting", "passed"]);
});

test("200 VMs on 40 rows: all that do not fit are counted, none is lost", () => {
  const lines = frame(at(60, 200), { columns: 100, rows: 40 }, 60_000, new Map(), pen);
  const more = lines.findIndex((line) => / more: /.test(line));
  expect(Number(lines[more]?.match(/(\d+) more/)?.[1]) + more).toBe(200);
  expect(lines.length).toBeLessThanOrEqual(39);
});

test("downloads of unknown size show what has come", () => {
  const counted = { unit: "bytes", done: 5 * 2 ** 20, total: undefined } as const;
  expect(drawn(farm(view("one", { state: "running", started: 0, counted })))[0]).toContain("5 MiB");
});

test("the output shown is that of the task that runs for longest and says something, harmless", () => {
  const shown = farm(
    view("new", { state: "running", started: 0, doingSince: 60, doing: "Late", output: "late\n" }),
    view("old", {
      state: "running",
      started: 0,
      doingSince: 30,
      doing: "Build",
      output: "50%\r100%\n\u001b[2Jend\n",
    }),
    view("mute", { state: "running", started: 0, doingSince: 1 }),
  );
  expect(drawn(shown).slice(-4)).toEqual(["old: Build", "│ 50%", "│ 100%", "│ end"]);
});

test("nothing is wider or higher than the terminal, whatever names and tasks hold", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.constantFrom(
      "漢字".repeat(30),
      "\u001b[2J\u001b[H",
      "👩‍👩‍👧‍👦".repeat(9),
      "e\u0301\u0301",
      "\u202eabc",
      "\t\ttab",
      "a\nb",
    ),
  );
  const vms = fc.array(
    fc.record({
      name: text,
      hypervisor: text,
      phase: text,
      doing: text,
      output: text,
      state: fc.constantFrom("running", "waiting", "failed"),
    }),
    { maxLength: 30 },
  );
  const size = fc.record({
    columns: fc.integer({ min: 2, max: 150 }),
    rows: fc.integer({ min: 2, max: 50 }),
  });
  fc.assert(
    fc.property(vms, size, (some, { columns, rows }) => {
      const shown = farm(...some.map((vm) => view(vm.name, { ...vm, started: 0 } as Partial<VmView>)));
      const lines = drawn(shown, columns, rows);
      expect(lines.length).toBeLessThan(rows);
      for (const line of lines) {
        expect(stringWidth(line)).toBeLessThan(columns);
        expect(harmless(line)).toBe(line);
        expect(line).not.toContain("\u200d");
      }
    }),
    { numRuns: 300 },
  );
});

test("colours do not move columns", () => {
  const plain = drawn(at(60, 20));
  const colored = frame(at(60, 20), { columns: 100, rows: 30 }, 65_000, new Map(), {
    ...pen,
    colors: pc.createColors(true),
  });
  expect(colored.map((line) => stripVTControlCharacters(line).trimEnd())).toEqual(plain);
});
