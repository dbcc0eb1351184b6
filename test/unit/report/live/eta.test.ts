import { expect, test } from "vitest";
import { etaMs } from "../../../../src/report/live/eta.js";
import { newVmView, type VmView } from "../../../../src/report/live/vm-view.js";

const view = (name: string, more: Partial<VmView>): VmView => ({ ...newVmView(name, 0), ...more });
const running = (name: string, hypervisor: string, started = 0) =>
  view(name, { state: "running", hypervisor, started });
const waiting = (name: string, hypervisor: string) => view(name, { hypervisor });

test("without earlier runs nothing is foretold", () => {
  expect(etaMs([running("a", "h")], new Map(), 0)).toBeUndefined();
});

test("what runs takes the rest of its time; one that takes longer than ever is about to end", () => {
  expect(etaMs([running("a", "h", 10)], new Map([["a", 100]]), 40)).toBe(70);
  expect(etaMs([running("a", "h", 10)], new Map([["a", 100]]), 400)).toBe(0);
});

test("what waits follows on its own hypervisor, where a place is free first", () => {
  const expected = new Map([
    ["a", 100],
    ["b", 30],
    ["c", 50],
    ["d", 10],
  ]);
  expect(etaMs([running("a", "h"), running("b", "h"), waiting("c", "h")], expected, 0)).toBe(100);
  expect(etaMs([running("b", "h"), waiting("c", "h"), waiting("d", "other")], expected, 0)).toBe(80);
});

test("a VM without an earlier run takes what is usual; what has ended takes nothing", () => {
  const expected = new Map([
    ["a", 10],
    ["b", 20],
    ["c", 1000],
  ]);
  expect(etaMs([running("new", "h"), view("c", { state: "passed" })], expected, 0)).toBe(20);
});
