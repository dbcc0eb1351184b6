import { expect, test } from "vitest";
import { parsePlaces } from "../../../../src/tasks/remote/statuses.js";

const status = (size: number) => `status 81a4 644 0 0 root root ${size} 1 1 1 5 66 1\n`;
const sum = (digit: string) => digit.repeat(40);

test("what a machine says of many places, by batches", () => {
  const text = [
    "at 1\nlink 2\nat 3\n",
    status(1),
    status(3),
    // The second of the batch has a name of several lines: its sum comes at once, by itself.
    `later 1\nsum 2\n${sum("b")}  -\n${sum("a")}  /1\n`,
    "link 4\nat 4\n",
    status(4),
    `later 1\n${sum("c")}  /4\n`,
  ].join("");
  const places = parsePlaces(text, ["/1", "/2", "/3\n", "/4", "/5"]);
  expect(
    places.map(({ status: found, isLink }) => [found?.path, found?.size, found?.checksum, isLink]),
  ).toEqual([
    ["/1", 1, sum("a"), false],
    [undefined, undefined, undefined, true],
    ["/3\n", 3, sum("b"), false],
    ["/4", 4, sum("c"), true],
    [undefined, undefined, undefined, false],
  ]);
});
