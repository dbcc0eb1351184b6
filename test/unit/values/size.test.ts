import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatSize, parseSize } from "../../../src/values/size.js";

describe("parseSize", () => {
  test.each([
    ["10G", 10 * 2 ** 30],
    ["10GiB", 10 * 2 ** 30],
    ["10 gib", 10 * 2 ** 30],
    ["10GB", 10 * 2 ** 30],
    ["512M", 512 * 2 ** 20],
    ["1.5K", 1536],
    ["2T", 2 * 2 ** 40],
    ["1024", 1024],
    ["1024B", 1024],
    [1024, 1024],
    [1, 512],
    ["0.1K", 512],
  ])("%j", (size, bytes) => expect(parseSize(size)).toBe(bytes));

  test.each(["", "G", "-1G", "1e3", "10X", "10 G B", "1..5G", "0", 0, -5, Number.NaN, "99999999T", "$(id)"])(
    "%j is no size",
    (size) => expect(parseSize(size)).toBeUndefined(),
  );

  test("a number of a unit is that number of bytes, in whole sectors", () => {
    const units = fc.constantFrom(
      ["K", 2 ** 10] as const,
      ["MiB", 2 ** 20] as const,
      ["g", 2 ** 30] as const,
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8_000_000 }), units, (count, [unit, factor]) => {
        expect(parseSize(`${count}${unit}`)).toBe(Math.ceil((count * factor) / 512) * 512);
      }),
    );
  });
});

test.each([
  [100, "100 bytes"],
  [1536, "1.5 KiB"],
  [10 * 2 ** 30, "10 GiB"],
])("formatSize(%d)", (bytes, text) => expect(formatSize(bytes)).toBe(text));
