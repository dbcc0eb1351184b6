import { expect, test } from "vitest";
import { mended } from "../../../src/expand/mended.js";
import { definition } from "../libvirt/domain-input.js";

const source = (dest: string, callback: unknown = "fetch") => ({
  before_provision: [{ callback, src: "/a", dest }],
  on_provision: { src: dest, dest },
});

/** A definition with these sources and disks, and more of its metadata or beside it. */
function parts(sources: unknown, disks: unknown, metadata: object = {}, more: object = {}) {
  const whole = definition();
  return mended({ ...whole, disks, metadata: { ...whole.metadata, sources, ...metadata }, ...more });
}
const kept = (given: ReturnType<typeof parts>) => [
  given?.definition.metadata.sources.map(({ on_provision: { dest } }) => dest),
  given?.definition.disks.map(({ src }) => src),
];

test("what fits stays, whatever else is wrong", () => {
  const given = parts(
    [source("a")],
    [{ src: "a" }],
    { hostname: [], auth: { user: 1 } },
    { ram: -1, net: 3 },
  );
  expect(kept(given)).toEqual([["a"], ["a"]]);
  expect(given?.definition.metadata).toMatchObject({ name: "VM debian_12_amd64", hostname: "x" });
});

test("a wrong disk is left out alone", () => {
  const given = parts([source("a"), source("b")], [{ src: 5 }, { src: "b" }, { src: "c" }]);
  expect(kept(given)).toEqual([
    ["a", "b"],
    ["b", "c"],
  ]);
  expect(given?.original(["disks", 0, "size"])).toEqual(["disks", 1, "size"]);
  expect(given?.original(["disks", 1])).toEqual(["disks", 2]);
});

test("a wrong source takes along the disks that may be its", () => {
  const given = parts([source("a", 7), source("b")], [{ src: "a" }, { src: "b" }, { src: "unknown" }]);
  expect(kept(given)).toEqual([["b"], ["b"]]);
  expect(given?.original(["metadata", "sources", 0, "on_provision"])).toEqual([
    ...["metadata", "sources", 1, "on_provision"],
  ]);
  expect(given?.original(["metadata", "hostname"])).toEqual(["metadata", "hostname"]);
  expect(given?.original(["net", "ip"])).toEqual(["net", "ip"]);
});

test.each([
  ["sources that are no list", parts({}, [{ src: "a" }])],
  ["disks that are none", parts([], "a")],
  ["no metadata at all", mended({ ...definition(), metadata: 1, disks: [] })],
])("%s leave nothing to be judged", (_, given) => {
  expect(kept(given)).toEqual([[], []]);
});
