import fc from "fast-check";
import { expect, test } from "vitest";
import { OutputBuffer } from "../../../src/transport/output-buffer.js";

const textOf = (limit: number, ...chunks: (string | number[])[]): string => {
  const buffer = new OutputBuffer(limit);
  for (const chunk of chunks) buffer.push(Buffer.from(chunk as string));
  return buffer.text();
};

test("keeps all that fits", () => {
  expect(textOf(10, "abc", "def")).toBe("abcdef");
});

test("keeps the last bytes of what does not fit", () => {
  expect(textOf(4, "abc", "def")).toBe("cdef");
  expect(textOf(4, "a", "", "0123456789")).toBe("6789");
  expect(textOf(0, "a")).toBe("");
});

test("decodes a character that came in two chunks", () => {
  expect(textOf(10, [0xc3], [0xa4])).toBe("ä");
});

test("replaces what is not UTF-8", () => {
  expect(textOf(10, [0x61, 0xff, 0x62])).toBe("a\ufffdb");
});

test("leaves out a character that the limit cuts in two", () => {
  expect(textOf(4, "\u{1f600}ab")).toBe("ab");
  expect(textOf(3, [0x80, 0x80, 0x61])).toBe("\ufffd\ufffda");
});

test("is the tail of everything, whatever the chunks", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{0,8}$/)), fc.nat(40), (chunks, limit) => {
      const all = chunks.join("");
      expect(textOf(limit, ...chunks)).toBe(all.slice(Math.max(0, all.length - limit)));
    }),
  );
});

test("many small chunks that fit are kept in order", () => {
  const buffer = new OutputBuffer(10_000);
  for (let index = 0; index < 5000; index += 1) buffer.push(Buffer.from(String(index % 10)));
  expect(buffer.text()).toBe("0123456789".repeat(500));
});

test("many small chunks take no more than the limit", () => {
  const buffer = new OutputBuffer(100);
  for (let index = 0; index < 100_000; index += 1) buffer.push(Buffer.from(String(index % 10)));
  expect(buffer.text()).toBe("0123456789".repeat(10));
});
