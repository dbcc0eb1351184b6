import { expect, test } from "vitest";
import { copyPositions, positionAt, positionOf, setPosition } from "../../../src/values/position.js";

const at = (line: number) => ({ file: "f.yaml", line, column: 1 });

test("a container and its entries have positions of their own", () => {
  const list = ["a", "b"];
  setPosition(list, at(1));
  setPosition(list, at(3), 1);
  expect(positionOf(list)).toEqual(at(1));
  expect(positionOf(list, 0)).toBeUndefined();
  expect(positionOf(list, 1)).toEqual(at(3));
  expect(positionOf(list, "1")).toEqual(at(3));
});

test("nobody sees positions in the values", () => {
  const mapping = { a: 1 };
  setPosition(mapping, at(1), "a");
  expect(mapping).toEqual({ a: 1 });
  expect(Reflect.ownKeys(mapping)).toEqual(["a"]);
});

test.each([[null], [undefined], ["text"], [3]])("%j stands nowhere", (value) => {
  expect(positionOf(value)).toBeUndefined();
  expect(positionAt(value, ["a"])).toBeUndefined();
});

test("the deepest place that is known on the way", () => {
  const item = { src: "x" };
  const root = { disks: [item] };
  setPosition(root, at(1));
  setPosition(root, at(2), "disks");
  setPosition(item, at(4), "src");
  expect(positionAt(root, [])).toEqual(at(1));
  expect(positionAt(root, ["ram"])).toEqual(at(1));
  expect(positionAt(root, ["disks", 0])).toEqual(at(2));
  expect(positionAt(root, ["disks", 0, "src"])).toEqual(at(4));
  expect(positionAt(root, ["disks", 0, "src", "deeper"])).toEqual(at(4));
  expect(positionAt(root, ["disks", 7, "src"])).toEqual(at(2));
});

test("a copy takes the positions over, and keeps what it has", () => {
  const from = { a: 1, b: 2 };
  const to = { a: 1, b: 3 };
  setPosition(from, at(1), "a");
  setPosition(from, at(2), "b");
  setPosition(to, at(9), "b");
  copyPositions(from, to);
  expect([positionOf(to, "a"), positionOf(to, "b")]).toEqual([at(1), at(9)]);
  setPosition(to, at(5), "a");
  expect(positionOf(from, "a")).toEqual(at(1));
});
