import { describe, expect, it } from "vitest";
import { portions } from "../../../../src/tasks/archives/entry-attributes.js";

describe("portions", () => {
  it("keeps the words of each change together, and no command line too long", () => {
    const change = (number: number) => ["", "", "644", `${number}-${"x".repeat(1000)}`];
    const changes = Array.from({ length: 100 }, (_each, number) => change(number));
    const parts = portions(changes);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.flat()).toEqual(changes.flat());
    for (const part of parts) {
      expect(part.length % 4).toBe(0);
      expect(part.join(" ").length).toBeLessThan(64 * 1024);
    }
  });

  it("makes no command of no change", () => expect(portions([])).toEqual([]));
});
