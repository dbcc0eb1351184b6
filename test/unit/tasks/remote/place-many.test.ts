import { expect, test } from "vitest";
import { batchesOf, type SmallFile } from "../../../../src/tasks/remote/place-many.js";

const MIB = 1024 * 1024;

const file = (path: string, bytes: number): SmallFile => ({
  path,
  bytes,
  owner: "",
  group: "",
  mode: 0o644,
  content: async () => Buffer.alloc(bytes),
});

const paths = (files: readonly SmallFile[]) => batchesOf(files).map((batch) => batch.map(({ path }) => path));

test("a command takes 4 MiB, however many files that are", () => {
  expect(paths([])).toEqual([]);
  expect(
    paths([file("a", 2 * MIB), file("b", 2 * MIB), file("c", 1), file("d", 4 * MIB - 1), file("e", 1)]),
  ).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  expect(paths(Array.from({ length: 5000 }, (_, index) => file(`f${index}`, 10)))).toHaveLength(1);
});
