import { expect, test } from "vitest";
import { PHASES } from "../../../src/phases.js";
import { lifeCycle } from "../../../src/provision/life-cycle.js";

const all = new Set<string>(PHASES);
const ran = (input: Parameters<typeof lifeCycle>[0]) =>
  lifeCycle(input)
    .filter(({ skip }) => skip === undefined)
    .map(({ phase }) => phase);

test("only phases with a file run, between startup and shutdown", () => {
  const files = { main: "main.yaml", terminate: "terminate.yaml" };
  expect(ran({ allowed: all, files, keep: false })).toEqual(["startup", "main", "terminate", "shutdown"]);
});

test("every phase is told, with a reason when it does not run", () => {
  const phases = lifeCycle({
    allowed: new Set(["startup", "main"]),
    files: { main: "m", init: "i" },
    keep: false,
  });
  expect(phases.map(({ phase }) => phase)).toEqual([...PHASES]);
  expect(phases.find(({ phase }) => phase === "init")?.skip).toBe("not in allowed_phases");
  expect(phases.find(({ phase }) => phase === "shutdown")?.skip).toBe("not in allowed_phases");
});

test("without startup nothing runs", () => {
  const allowed = new Set(PHASES.filter((phase) => phase !== "startup"));
  expect(ran({ allowed, files: { main: "m" }, keep: false })).toEqual([]);
});

test("a kept VM is not shut down", () => {
  expect(ran({ allowed: all, files: { main: "m" }, keep: true })).not.toContain("shutdown");
});
