import { describe, expect, it } from "vitest";
import { fits } from "../../../src/dispatch/capacity.js";

const vm = { vcpus: 2, ramMiB: 1000 };
const big = { cpus: 8, freeMemoryMiB: 100_000 };

describe("fits", () => {
  it.each([
    ["the first, however big", [], { cpus: 1, freeMemoryMiB: 10 }, true],
    ["as many as the cores carry", [vm, vm, vm], big, true],
    ["no more than the cores carry", [vm, vm, vm, vm], big, false],
    ["no more than the memory carries", [vm], { ...big, freeMemoryMiB: 1999 }, false],
    ["just what the memory carries", [vm], { ...big, freeMemoryMiB: 2000 }, true],
    ["max_vms beyond the cores", [vm, vm, vm, vm], { ...big, maxVms: 5 }, true],
    ["no more than max_vms", [vm], { ...big, maxVms: 1 }, false],
    ["max_vms, but memory still counts", [vm], { ...big, freeMemoryMiB: 1500, maxVms: 9 }, false],
  ])("%s", (_, running, capacity, expected) => {
    expect(fits(running, vm, capacity).fits).toBe(expected);
  });

  it("says why not", () => {
    expect(fits([vm], vm, { cpus: 2, freeMemoryMiB: 5000 }).reason).toBe("4 vCPUs wanted together, 2 in all");
    expect(fits([vm], vm, { cpus: 9, freeMemoryMiB: 500 }).reason).toBe(
      "2000 MiB wanted together, 500 MiB free",
    );
  });
});
