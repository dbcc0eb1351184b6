import { expect, test } from "vitest";
import { choosePoint, inputsDifference } from "../../../src/restore/choose.js";
import { Fingerprints } from "../../../src/restore/fingerprint.js";
import type { Manifest } from "../../../src/restore/manifest.js";
import { manifest } from "./manifests.js";

const now = {
  fingerprints: new Fingerprints("secret"),
  directory: "/project",
  variable: () => undefined,
  variables: () => [],
  environment: {},
  time: Date.parse("2026-11-24T02:00:00.000Z"),
};
const owner = { project: "project", vm: "vm" };
const choose = (points: readonly Manifest[], parts = {}) =>
  choosePoint(points, { kind: "init", inputs: {}, fresh: false, ...parts }, owner, now);

test("the newest that was made from the same is restored", async () => {
  const [old, young] = [manifest(), manifest({ created: "2026-11-24T01:30:00.000Z" })];
  expect(await choose([old, young])).toEqual({ restore: young });
});

test("one that was made from something else is passed over for an older one that was not", async () => {
  const [old, young] = [manifest(), manifest({ created: "2026-11-24T01:30:00.000Z", inputs: { ram: "1" } })];
  expect(await choose([young, old])).toEqual({ restore: old });
});

test("what changed is what the newest one of the VM was made from", async () => {
  const points = [
    manifest({ inputs: { ram: "1 MiB" } }),
    manifest({ created: "2026-11-24T01:30:00.000Z", inputs: { ram: "2 MiB" } }),
  ];
  expect(await choose(points, { inputs: { ram: "3 MiB" } })).toEqual({
    restore: undefined,
    again: true,
    because: "ram changed from 2 MiB to 3 MiB",
  });
});

test("only a clean guest may be another project's, and its differences are nobody's business", async () => {
  const foreign = manifest({ project: "another" });
  const none = { restore: undefined, again: false, because: "there is none yet" };
  expect(await choose([foreign])).toEqual(none);
  const clean = manifest({ kind: "clean", project: "another" });
  expect(await choose([clean], { kind: "clean" })).toEqual({ restore: clean });
  expect(await choose([clean], { kind: "clean", inputs: { ram: "1" } })).toEqual(none);
});

test("a VM prefers its own clean guest to a newer one of another's, which has another name", async () => {
  const own = manifest({ kind: "clean" });
  const foreign = manifest({ kind: "clean", vm: "another", created: "2026-11-24T01:30:00.000Z" });
  expect(await choose([foreign, own], { kind: "clean" })).toEqual({ restore: own });
  expect(await choose([foreign], { kind: "clean" })).toEqual({ restore: foreign });
});

test("what was made in the midst of a phase is not what its end makes, nor the other way round", async () => {
  const [whole, half] = [manifest(), manifest({ tasks: 3 })];
  expect(await choose([half])).toMatchObject({ because: "there is none yet" });
  expect(await choose([whole, half], { tasks: 3 })).toEqual({ restore: half });
  expect(await choose([whole, half], { tasks: 4 })).toMatchObject({ because: "there is none yet" });
});

test("an age is a reason", async () => {
  const hour = 3_600_000;
  expect(await choose([manifest()], { maxAgeMs: hour })).toHaveProperty("restore.name");
  expect(await choose([manifest()], { maxAgeMs: hour - 1 })).toMatchObject({ because: "it is too old" });
});

test("fresh uses none, and is no remaking where there was none", async () => {
  expect(await choose([manifest()], { fresh: true })).toMatchObject({ again: true, because: "as asked" });
  expect(await choose([], { fresh: true })).toMatchObject({ again: false });
});

test.each<[Record<string, string>, Record<string, string>, string | undefined]>([
  [{ a: "1" }, { a: "1" }, undefined],
  [{ a: "1", b: "1" }, { a: "2", b: "2" }, "a changed from 1 to 2"],
  [{}, { a: "1" }, "a changed from nothing to 1"],
  [{ a: "1" }, {}, "a changed from 1 to nothing"],
  [{ key: "0".repeat(32) }, { key: "1".repeat(32) }, "key changed"],
  [{ image: `sha256:${"0".repeat(64)}` }, { image: `sha256:${"1".repeat(64)}` }, "image changed"],
  [{ a: "x".repeat(100) }, { a: "y" }, "a changed"],
])("from %o to %o: %s", (was, is, told) => {
  expect(inputsDifference(was, is)).toBe(told);
});
