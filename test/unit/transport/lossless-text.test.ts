import fc from "fast-check";
import { expect, test } from "vitest";
import { LosslessDecoder, losslessBytes } from "../../../src/transport/lossless-text.js";

function textOf(pieces: readonly Buffer[]): string {
  const decoder = new LosslessDecoder();
  return pieces.map((piece) => decoder.write(piece)).join("") + decoder.end();
}

test.each<[string, readonly number[], string]>([
  ["plain", [0x61, 0x0a], "a\n"],
  ["UTF-8", [...Buffer.from("é日😀")], "é日😀"],
  ["a byte that is none", [0x61, 0xff, 0x62], "a\udcffb"],
  ["NUL and escapes", [0x00, 0x1b, 0x5b], "\u0000\u001b["],
  ["a character without its end", [0x61, 0xe2, 0x82], "a\udce2\udc82"],
  ["too long a form", [0xc0, 0x80], "\udcc0\udc80"],
  ["half of a surrogate pair", [0xed, 0xb3, 0xbf], "\udced\udcb3\udcbf"],
])("%s", (_name, bytes, text) => {
  expect(textOf([Buffer.from(bytes)])).toBe(text);
});

test("any bytes, however they are cut, come back as they were", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc.string({ unit: "binary", maxLength: 4 }).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 12 }), (all) => {
      const pieces = all.map((each) => Buffer.from(each));
      expect(losslessBytes(textOf(pieces))).toEqual(Buffer.concat(pieces));
    }),
  );
});

test("what is UTF-8 is the same text, however it is cut", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 20 }), fc.nat(80), (text, at) => {
      const bytes = Buffer.from(text);
      expect(textOf([bytes.subarray(0, at), bytes.subarray(at)])).toBe(text);
    }),
  );
});
