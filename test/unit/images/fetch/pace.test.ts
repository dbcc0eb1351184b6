import { describe, expect, test } from "vitest";
import { paceMeter } from "../../../../src/images/fetch/pace.js";
import { formatPace } from "../../../../src/report/pace-text.js";

/** A meter that is told `[seconds, bytes]`, and what it says at the end. */
function measured(samples: readonly (readonly [number, number])[], total?: number) {
  let now = 0;
  const pace = paceMeter(() => now);
  return samples.map(([seconds, done]) => {
    now = seconds * 1000;
    return pace(done, total);
  });
}

describe("paceMeter", () => {
  test("says nothing before there is a second of it", () =>
    expect(measured([[0, 0], [0.5, 100]])).toEqual([{}, {}])); // biome-ignore format: pairs
  test("a steady rate and what is left", () =>
    expect(measured([[0, 0], [1, 100], [2, 200]], 1000).at(-1)).toEqual({ bytesPerSecond: 100, remainingMs: 8000 })); // biome-ignore format: pairs
  test("without a length no time is told", () =>
    expect(measured([[0, 0], [2, 200]]).at(-1)).toEqual({ bytesPerSecond: 100 })); // biome-ignore format: pairs
  test("is that of the last seconds", () =>
    expect(measured([[0, 0], [10, 10_000], [15, 10_500], [20, 11_000]]).at(-1)).toEqual({ bytesPerSecond: 100 })); // biome-ignore format: pairs
  test("a download that stands still has no end", () =>
    expect(measured([[0, 50], [6, 50], [12, 50]], 100).at(-1)).toEqual({ bytesPerSecond: 0 })); // biome-ignore format: pairs
  test("one that begins anew is measured anew", () =>
    expect(measured([[0, 0], [2, 500], [3, 0], [5, 20]]).at(-1)).toEqual({ bytesPerSecond: 10 })); // biome-ignore format: pairs
});

test.each([
  [{}, ""],
  [{ bytesPerSecond: 12.3 * 2 ** 20 }, "12.3 MiB/s"],
  [{ bytesPerSecond: 1024, remainingMs: 65_000 }, "1 KiB/s, 1 min 05 s left"],
])("formatPace(%j)", (pace, text) => expect(formatPace(pace)).toBe(text));
