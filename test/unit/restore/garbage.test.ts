import fc from "fast-check";
import { expect, test } from "vitest";
import { garbage, type Limits, type StoredPoint } from "../../../src/restore/garbage.js";
import { POINT_KINDS } from "../../../src/restore/manifest.js";
import { manifest } from "./manifests.js";

const DAY = 86_400_000;
const now = Date.parse("2026-11-24T00:00:00.000Z");
const name = (id: number, kind = "init") => `${kind}-0123456789abcdef-${String(id).padStart(8, "0")}`;

interface Parts {
  readonly kind?: "clean" | "dependencies" | "init";
  readonly vm?: string;
  readonly below?: number;
  readonly ram?: string;
  readonly days?: number;
  readonly bytes?: number;
}

/** Points by their numbers; each is made a minute after the one before. */
const stored = (...all: readonly Parts[]): StoredPoint[] =>
  all.map(({ kind = "init", vm = "vm", below, ram, days = 0, bytes = 100 }, id) => ({
    manifest: manifest({
      name: name(id, kind),
      kind,
      vm,
      created: new Date(now - 30 * DAY + id * 60_000).toISOString(),
      below: below === undefined ? null : name(below, all[below]?.kind),
      inputs: { ram: ram ?? String(id) },
    }),
    bytes,
    usedAt: now - days * DAY - (all.length - id),
  }));

const none: Limits = { perVm: 10 };
const removed = (
  points: readonly StoredPoint[],
  limits: Partial<Limits> = {},
  inUse: readonly string[] = [],
) =>
  garbage(points, new Set(inUse), { ...none, ...limits }, now).map(({ point }) =>
    Number(point.manifest.name.slice(-8)),
  );

test("what is needed, or may be needed again, stays", () => {
  expect(removed(stored({ kind: "clean" }, { below: 0 }, { below: 0 }))).toEqual([]);
});

test("one that was made from the same as a newer one goes", () => {
  expect(removed(stored({ ram: "1" }, { ram: "1" }, { ram: "2" }, { ram: "1", vm: "another" }))).toEqual([0]);
});

test("a VM keeps its last ones", () => {
  expect(removed(stored({}, {}, {}, {}, { vm: "another" }), { perVm: 2 })).toEqual([0, 1]);
});

test("age counts from the last use, and what is below goes after what is on it", () => {
  const points = stored(
    { kind: "clean", days: 40 },
    { below: 0, days: 31 },
    { kind: "clean", days: 40 },
    { below: 2 },
  );
  expect(removed(points, { maxAgeMs: 30 * DAY })).toEqual([1, 0]);
});

test("over the limit the least used go, and no more than must", () => {
  expect(removed(stored({ days: 1 }, { days: 3 }, { days: 2 }), { maxBytes: 200 })).toEqual([1]);
  expect(removed(stored({}, {}, {}), { maxBytes: 300 })).toEqual([]);
});

test("what a VM stands on stays, with all below it", () => {
  const points = stored({ kind: "clean", days: 90 }, { below: 0, days: 90 });
  expect(removed(points, { maxAgeMs: DAY, maxBytes: 0 }, [name(1)])).toEqual([]);
});

const history = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...POINT_KINDS),
      vm: fc.constantFrom("a", "b"),
      ram: fc.constantFrom("1", "2", "3"),
      days: fc.nat(60),
      bytes: fc.nat(1000),
      on: fc.option(fc.nat()),
    }),
    { maxLength: 20 },
  )
  .map((all) =>
    stored(
      ...all.map(({ on, ...parts }, id) => ({ ...parts, ...(on !== null && id > 0 && { below: on % id }) })),
    ),
  );

test("whatever has happened: nothing in use goes, nothing that stays hangs in the air, and the limits hold as far as they can", () => {
  fc.assert(
    fc.property(
      history,
      fc.array(fc.nat(), { maxLength: 5 }),
      fc.nat(5000),
      fc.nat(60),
      (points, uses, maxBytes, days) => {
        const names = points.map((point) => point.manifest.name);
        const inUse = new Set(uses.flatMap((use) => names[use % Math.max(1, names.length)] ?? []));
        const limits = { perVm: 3, maxBytes, maxAgeMs: days * DAY };
        const removals = garbage(points, inUse, limits, now);
        const gone = new Set(removals.map(({ point }) => point.manifest.name));
        expect(gone.size).toBe(removals.length);
        const kept = points.filter(({ manifest: { name: each } }) => !gone.has(each));
        for (const each of inUse) expect(gone.has(each)).toBe(false);
        for (const {
          manifest: { below },
        } of kept)
          if (below !== null) expect(gone.has(below)).toBe(false);
        const bytes = kept.reduce((sum, point) => sum + point.bytes, 0);
        const needed = new Set([...inUse, ...kept.flatMap(({ manifest: { below } }) => below ?? [])]);
        if (bytes > maxBytes)
          expect(kept.every(({ manifest: { name: each } }) => needed.has(each))).toBe(true);
        // In the order told, each goes before what it is built on.
        const order = removals.map(({ point }) => point.manifest.name);
        for (const {
          point: {
            manifest: { name: each, below },
          },
        } of removals)
          if (below !== null && gone.has(below))
            expect(order.indexOf(each)).toBeLessThan(order.indexOf(below));
      },
    ),
  );
});
