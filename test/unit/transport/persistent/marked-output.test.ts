import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MarkedOutput } from "../../../../src/transport/persistent/marked-output.js";

const NONCE = "0123456789abcdef";

/** What comes out when a stream arrives in pieces. */
function takeAll(pieces: readonly Buffer[], begun = false) {
  const marks = new MarkedOutput(NONCE, begun);
  const output = Buffer.concat(pieces.map((piece) => marks.take(piece)));
  return { marks, output };
}

const stream = (output: Uint8Array, end = "0 clean"): Buffer =>
  Buffer.concat([Buffer.from(`\u0001${NONCE}>\u0001`), output, Buffer.from(`\u0001${NONCE}<${end}\u0001`)]);

describe("a session's stdout", () => {
  test("is the command's between its marks", () => {
    const { marks, output } = takeAll([stream(Buffer.from("out"), "7 clean")]);
    expect(output.toString()).toBe("out");
    expect(marks.end).toEqual({ code: 7, clean: true });
  });

  test("before the begin is nobody's", () => {
    const { marks, output } = takeAll([Buffer.from("late words"), stream(Buffer.from("own"))]);
    expect(output.toString()).toBe("own");
    expect(marks.begun).toBe(true);
  });

  test("without a begin nothing has begun", () => {
    const { marks, output } = takeAll([Buffer.from(`\u0001${NONCE.slice(1)}>\u0001words`)]);
    expect([output.length, marks.begun, marks.end]).toEqual([0, false, undefined]);
  });

  test("after the end is a child's that was left behind", () => {
    const { marks, output } = takeAll([stream(Buffer.from("own "), "0 spent"), Buffer.from("late")]);
    expect(output.toString()).toBe("own late");
    expect(marks.end).toEqual({ code: 0, clean: false });
  });

  test("what may be a mark is kept back no longer than needed", () => {
    const marks = new MarkedOutput(NONCE, true);
    expect(marks.take(Buffer.from("a\u0001")).toString()).toBe("a");
    expect(marks.take(Buffer.from("b\u00010123")).toString()).toBe("\u0001b");
    expect(marks.take(Buffer.from("!")).toString()).toBe("\u00010123!");
  });

  test("any bytes come through, however they are cut", () => {
    const unit = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc
        .constantFrom("\u0001", `\u0001${NONCE}`, `\u0001${NONCE.slice(0, 9)}`, `${NONCE}<0 clean\u0001`)
        .map((text) => Uint8Array.from(Buffer.from(text))),
    );
    fc.assert(
      fc.property(
        fc.array(unit),
        fc.array(fc.nat(200)),
        fc.integer({ min: 0, max: 255 }),
        (units, cuts, code) => {
          // A mark needs the nonce whole, and the command does not know it.
          const bytes = Buffer.from(
            Buffer.concat(units).toString("latin1").replaceAll(`\u0001${NONCE}<`, ""),
            "latin1",
          );
          const all = stream(bytes, `${code} clean`);
          const at = [0, ...cuts.map((cut) => cut % all.length).sort((a, b) => a - b), all.length];
          const { marks, output } = takeAll(at.slice(1).map((end, index) => all.subarray(at[index], end)));
          expect(output.equals(bytes)).toBe(true);
          expect(marks.end).toEqual({ code, clean: true });
        },
      ),
    );
  });
});

test("a session's stderr begins at once, and its mark says no more than that it has ended", () => {
  const { marks, output } = takeAll([Buffer.from("err"), Buffer.from(`\u0001${NONCE}<\u0001`)], true);
  expect(output.toString()).toBe("err");
  expect(marks.end).toBeDefined();
});
