import fc from "fast-check";
import { expect, test } from "vitest";
import { garbage, type Limits } from "../../../src/restore/garbage.js";
import { POINT_KINDS } from "../../../src/restore/manifest.js";
import type { PointStore, StoredImageFile, StoredPoint, StoredVm } from "../../../src/restore/store.js";
import { manifest } from "./manifests.js";
import { storedVm } from "./stored-vms.js";

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
  readonly image?: number;
}

const imageName = (id: number) => `sha256-${String(id).padStart(64, "0")}.qcow2`;
const image = (id: number, days = 0, bytes = 100): StoredImageFile => ({
  name: imageName(id),
  bytes,
  usedAt: now - days * DAY,
});

/** Points by their numbers; each is made a minute after the one before. */
const stored = (...all: readonly Parts[]): StoredPoint[] =>
  all.map(({ kind = "init", vm = "vm", below, ram, days = 0, bytes = 100, image: on }, id) => ({
    manifest: manifest({
      name: name(id, kind),
      kind,
      vm,
      created: new Date(now - 30 * DAY + id * 60_000).toISOString(),
      below: below === undefined ? null : name(below, all[below]?.kind),
      inputs: { ram: ram ?? String(id) },
      images: on === undefined ? [] : [`/pool/farm/images/${imageName(on)}`],
      domain: { ...manifest().domain, directory: `/pool/farm/vms/${vm}` },
    }),
    bytes,
    usedAt: now - days * DAY - (all.length - id),
  }));

const store = (parts: Partial<PointStore>): PointStore => ({
  pool: "/pool",
  points: [],
  images: [],
  vms: [],
  parts: [],
  downloads: [],
  runs: [],
  ...parts,
});
const vm = (name: string, parts: Partial<StoredVm> = {}): StoredVm => storedVm({ name, ...parts });
const collect = (parts: Partial<PointStore>, limits: Partial<Limits> = {}, dead: readonly string[] = []) =>
  garbage(store(parts), { dead: new Set(dead) }, { perVm: 10, ...limits }, now);
const names = (parts: Partial<PointStore>, limits: Partial<Limits> = {}, dead: readonly string[] = []) =>
  collect(parts, limits, dead).map(({ name }) => name);
/** The numbers of the points that go. */
const removed = (
  points: readonly StoredPoint[],
  limits: Partial<Limits> = {},
  vms: readonly StoredVm[] = [],
) => names({ points, vms }, limits).map((each) => Number(each.slice(-8)));

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
  expect(removed(points, { maxAgeMs: DAY, maxBytes: 0 }, [vm("vm", { points: [name(1)] })])).toEqual([]);
});

test("images go when they are over a limit and nothing that stays is built on them", () => {
  const points = stored(
    { kind: "clean", days: 40, image: 1 },
    { below: 0, image: 1 },
    { days: 40, image: 2 },
  );
  const images = [image(1, 40), image(2, 40), image(3, 41), image(4, 1)];
  const [pointOn2, all] = [name(2), { points, images }];
  expect(names(all)).toEqual([]);
  expect(names(all, { maxAgeMs: 30 * DAY })).toEqual([imageName(3), pointOn2, imageName(2)]);
  expect(names(all, { maxBytes: 600 })).toEqual([imageName(3)]);
  const booted = vm("booted", { images: [imageName(3)] });
  expect(names({ ...all, vms: [booted] }, { maxBytes: 600 })).toEqual([pointOn2]);
  expect(names({ images, vms: [booted] }, { maxBytes: 0 }, ["booted"])).toContain(imageName(3));
});

test("a VM that is being started may need its own points, any clean one, and any image", () => {
  const points = stored(
    { kind: "clean", vm: "other" },
    { kind: "dependencies", vm: "a" },
    { vm: "a" },
    { vm: "b" },
  );
  const parts = { points, images: [image(1)], vms: [vm("a", { starting: true, holder: "somebody" })] };
  expect(names(parts, { maxBytes: 0 })).toEqual([name(3)]);
  const own = garbage(store(parts), { own: "a" }, { perVm: 1, maxBytes: 0 }, now);
  expect(own).toHaveLength(5);
});

test("a VM that does not say what it stands on may stand on anything", () => {
  const parts = {
    points: stored({ kind: "clean" }, {}),
    images: [image(1)],
    vms: [vm("old", { recorded: false })],
  };
  expect(names(parts, { maxBytes: 0 })).toEqual([]);
  expect(names(parts, { maxBytes: 0 }, ["old"])).toHaveLength(4);
});

test("half-made things go when nobody is at them, whatever the limits", () => {
  const part = (each: string, held = false) => ({ name: each, bytes: 1, held });
  const download = `fetch-${"0".repeat(32)}-abc.part`;
  const parts = [
    part(`${name(1)}.part-a`),
    part(`${name(2)}.part-b`, true),
    part("../../etc"),
    part("x.part-y"),
  ];
  const downloads = [part(download), part(`fetch-${"1".repeat(32)}-abc.part`, true), part("fetch-x.part")];
  expect(
    collect({ parts, downloads, vms: [vm("dead"), vm("alive"), vm("gone", { exists: false })] }, {}, [
      "dead",
      "gone",
    ]).map(({ what, name: each }) => [what, each]),
  ).toEqual([
    ["download", download],
    ["vm", "dead"],
    ["part", `${name(1)}.part-a`],
  ]);
});

test("what a dead run has left goes with its record; one of which something stays keeps it, and so does one that lives", () => {
  const record = (run: string) => ({ run, project: "p", owner: "me@here", since: "today", vms: ["a"] });
  const runs = [
    { record: record("r1"), alive: false },
    { record: record("r2"), alive: false },
    { record: record("r3"), alive: true },
  ];
  const made = [
    vm("a", { run: "r1" }),
    vm("b", { run: "r2" }),
    vm("c", { run: "r2" }),
    vm("d", { run: "r3" }),
  ];
  expect(
    collect({ runs, vms: made }, {}, ["a", "b"]).map(({ what, name: each, reason }) => [what, each, reason]),
  ).toEqual([
    ["vm", "a", "run r1 of me@here, begun today, died, and nobody works on it"],
    ["vm", "b", "run r2 of me@here, begun today, died, and nobody works on it"],
    ["run", "r1", "run r1 of me@here, begun today, died, and nothing of it is left"],
  ]);
});

const points = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...POINT_KINDS),
      vm: fc.constantFrom("a", "b"),
      ram: fc.constantFrom("1", "2", "3"),
      days: fc.nat(60),
      bytes: fc.nat(1000),
      image: fc.nat(5),
      on: fc.option(fc.nat()),
    }),
    { maxLength: 20 },
  )
  .map((all) =>
    stored(
      ...all.map(({ on, ...parts }, id) => ({ ...parts, ...(on !== null && id > 0 && { below: on % id }) })),
    ),
  );
const images = fc.array(fc.record({ days: fc.nat(60), bytes: fc.nat(1000) }), { maxLength: 6 });
const vms = fc.array(
  fc.record({
    point: fc.option(fc.nat()),
    image: fc.option(fc.nat(5)),
    how: fc.constantFrom("kept", "working", "starting", "silent", "dead"),
  }),
  { maxLength: 4 },
);

const history = fc.record({ points, images, vms }).map((all) => {
  const of = (which: number | null) =>
    all.points[(which ?? 0) % Math.max(1, all.points.length)]?.manifest.name;
  const dead = all.vms.flatMap(({ how }, id) => (how === "dead" ? ["abcd".charAt(id)] : []));
  return {
    dead: new Set(dead),
    store: store({
      points: all.points,
      images: all.images.map(({ days, bytes }, id) => image(id, days, bytes)),
      vms: all.vms.map(({ point, image: on, how }, id) =>
        vm("abcd".charAt(id), {
          points: how === "silent" || point === null ? [] : [of(point) ?? name(99)],
          images: how === "silent" || on === null ? [] : [imageName(on)],
          recorded: how !== "silent",
          starting: how === "starting",
          holder: how === "starting" || how === "working" ? "somebody" : null,
        }),
      ),
    }),
  };
});

/** All that a living VM stands on or may, with everything below: worked out from the VMs down, unlike the code. */
function reached(
  { points: all, images: files, vms: users }: PointStore,
  dead: ReadonlySet<string>,
): Set<string> {
  const found = new Set<string>();
  const reach = (each: string): void => {
    if (found.has(each)) return;
    found.add(each);
    const point = all.find((other) => other.manifest.name === each);
    for (const under of point ? standsOn(point) : []) reach(under);
  };
  for (const user of users.filter((each) => !dead.has(each.name))) {
    for (const each of [...user.points, ...user.images]) reach(each);
    if (user.recorded && !user.starting) continue;
    for (const { name: each } of files) reach(each);
    for (const { manifest: each } of all)
      if (!user.recorded || each.kind === "clean" || each.vm === user.name) reach(each.name);
  }
  return found;
}

const fileOf = (path: string) => path.replace(/.*\//, "");
const standsOn = ({ manifest: { below, images: on } }: StoredPoint): string[] => [
  ...(below === null ? [] : [below]),
  ...on.map(fileOf),
];

/** What is there after a removal. */
const without = (all: PointStore, gone: ReadonlySet<string>): PointStore => ({
  ...all,
  points: all.points.filter((each) => !gone.has(each.manifest.name)),
  images: all.images.filter((each) => !gone.has(each.name)),
  vms: all.vms.filter((each) => !gone.has(each.name)),
});

/** In the order told, each goes before what it is built on. */
function expectOrder(all: PointStore, order: readonly string[]): void {
  const place = new Map(order.map((each, index) => [each, index]));
  for (const point of all.points) {
    const own = place.get(point.manifest.name);
    for (const under of standsOn(point)) {
      const below = place.get(under);
      if (below !== undefined) expect(own).toBeLessThan(below);
    }
  }
}

test("whatever has happened: nothing in use goes, nothing that stays hangs in the air, and the limits hold as far as they can", () => {
  fc.assert(
    fc.property(history, fc.nat(9000), fc.nat(60), ({ store: all, dead }, maxBytes, days) => {
      const limits = { perVm: 3, maxBytes, maxAgeMs: days * DAY };
      const order = garbage(all, { dead }, limits, now).map((each) => each.name);
      const gone = new Set(order);
      expect(gone.size).toBe(order.length);
      const left = without(all, gone);
      const untouchable = new Set([...reached(all, dead), ...left.points.flatMap(standsOn)]);
      expect(order.filter((each) => untouchable.has(each))).toEqual([]);
      const free = [
        ...left.points.map(({ manifest: { name: each }, usedAt }) => ({ name: each, usedAt })),
        ...left.images,
      ].filter((each) => !untouchable.has(each.name));
      const bytes = [...left.points, ...left.images].reduce((sum, each) => sum + each.bytes, 0);
      if (bytes > maxBytes) expect(free).toEqual([]);
      expect(free.filter(({ usedAt }) => now - usedAt > limits.maxAgeMs)).toEqual([]);
      expectOrder(all, order);
      expect(garbage(left, { dead }, limits, now)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
