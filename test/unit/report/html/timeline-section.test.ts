import { expect, test } from "vitest";
import { concurrency } from "../../../../src/report/html/timeline-section.js";
import { median, trendsOf } from "../../../../src/report/html/trends.js";

test("how many ran at the same time, for how long", () => {
  const spans = [
    { from: 0, to: 10 },
    { from: 5, to: 20 },
    { from: 30, to: 40 },
  ];
  expect(concurrency(spans)).toEqual([
    { active: 1, ms: 5 },
    { active: 2, ms: 5 },
    { active: 1, ms: 10 },
    { active: 0, ms: 10 },
    { active: 1, ms: 10 },
  ]);
  expect(
    concurrency([
      { from: 0, to: 5 },
      { from: 5, to: 9 },
    ]).every(({ active }) => active === 1),
  ).toBe(true);
});

test("trends are those of the last run, tasks the longest first, with gaps", () => {
  const run = (name: string, medians: readonly (readonly [string, number])[]) => ({
    run: name,
    start: "",
    durationMs: 0,
    outcomes: new Map(),
    medians: new Map(medians),
  });
  const main = JSON.stringify(["main"]);
  const task = (name: string) => JSON.stringify(["main", name]);
  const trends = trendsOf([
    run("1", [
      [main, 5],
      [task("gone"), 9],
    ]),
    run("2", [
      [main, 6],
      [task("a"), 1],
      [task("b"), 2],
    ]),
  ]);
  expect(trends.phases).toEqual([{ phase: "main", medians: [5, 6] }]);
  expect(trends.tasks).toEqual([
    { phase: "main", task: "b", medians: [undefined, 2] },
    { phase: "main", task: "a", medians: [undefined, 1] },
  ]);
  expect([median([3, 1, 2]), median([1, 2]), median([])]).toEqual([2, 1.5, 0]);
});
