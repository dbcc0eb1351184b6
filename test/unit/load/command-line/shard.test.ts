import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseShard, shardVms } from "../../../../src/load/command-line/shard.js";

const farms = fc.uniqueArray(
  fc.record({ name: fc.string({ minLength: 1 }), target: fc.constantFrom("amd64", "arm64", "ppc64le") }),
  { selector: ({ name }) => name, maxLength: 60 },
);
const totals = fc.integer({ min: 1, max: 9 });
const shardsOf = <T extends { name: string; target: string }>(vms: readonly T[], total: number) =>
  Array.from({ length: total }, (_, at) => shardVms(vms, { index: at + 1, total }));
const spread = (counts: readonly number[]) => Math.max(...counts) - Math.min(...counts);

describe("shards", () => {
  test("every VM is in exactly one", () => {
    fc.assert(
      fc.property(farms, totals, (vms, total) => {
        const dealt = shardsOf(vms, total).flat();
        expect(dealt).toHaveLength(vms.length);
        expect(new Set(dealt)).toEqual(new Set(vms));
      }),
    );
  });

  test("differ by one VM at most, and by one of each target", () => {
    fc.assert(
      fc.property(farms, totals, (vms, total) => {
        const shards = shardsOf(vms, total);
        expect(spread(shards.map(({ length }) => length))).toBeLessThanOrEqual(1);
        for (const target of ["amd64", "arm64", "ppc64le"])
          expect(
            spread(shards.map((shard) => shard.filter((vm) => vm.target === target).length)),
          ).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("hold the same VMs whatever the inventory's order, and keep that order", () => {
    const shuffled = farms.chain((vms) =>
      fc.tuple(fc.constant(vms), fc.shuffledSubarray(vms, { minLength: vms.length })),
    );
    fc.assert(
      fc.property(shuffled, totals, ([vms, others], total) => {
        const shards = shardsOf(vms, total);
        shardsOf(others, total).forEach((shard, at) => {
          expect(new Set(shard)).toEqual(new Set(shards[at]));
          expect(shard).toEqual(others.filter((vm) => shard.includes(vm)));
        });
      }),
    );
  });
});

test("a shard is written 2/5", () => {
  expect(parseShard("2/5")).toEqual({ index: 2, total: 5 });
  for (const wrong of ["0/5", "6/5", "2", "2/0", "a/b", "-1/5", "2/5/1", ""])
    expect(() => parseShard(wrong)).toThrow(/is no shard/);
});
