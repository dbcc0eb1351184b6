import fc from "fast-check";
import { expect, test } from "vitest";
import { erased, redrawn } from "../../../../src/report/live/redraw.js";

/** Sequences that a terminal of the test's own understands. */
const escapes = {
  cursorUp: (count = 1) => `<up ${count}>`,
  cursorDown: (count = 1) => `<down ${count}>`,
  cursorLeft: "<left>",
  eraseEndLine: "<end>",
  eraseDown: "<below>",
};

interface Shown {
  rows: string[];
  row: number;
  column: number;
}

/** What stands on a terminal after a text; `row` is where the cursor is. */
function shownAfter(before: Shown, text: string): Shown {
  const shown = { ...before, rows: [...before.rows] };
  for (const [part, count] of text.matchAll(/<(?:up|down) (\d+)>|<\w+>|\n|[^<\n]+/g)) {
    const [, word] = /^<(\w+)/.exec(part) ?? [];
    if (word !== undefined) obey(shown, word, Number(count));
    else if (part === "\n") Object.assign(shown, { row: shown.row + 1, column: 0 });
    else write(shown, part);
    if (shown.row < 0) throw new Error("above the live part");
    while (shown.rows.length <= shown.row) shown.rows.push("");
  }
  return shown;
}

function obey(shown: Shown, word: string, count: number): void {
  const { rows, row, column } = shown;
  const kept = (rows[row] ?? "").slice(0, column);
  if (word === "up") shown.row -= count;
  if (word === "down") shown.row += count;
  if (word === "left") shown.column = 0;
  if (word === "end") rows[row] = kept;
  if (word === "below") rows.splice(row, rows.length, kept);
}

function write(shown: Shown, text: string): void {
  const { rows, row, column } = shown;
  const old = rows[row] ?? "";
  rows[row] = old.slice(0, column) + text + old.slice(column + text.length);
  shown.column += text.length;
}

const standing = (lines: readonly string[], typed = ""): Shown => ({
  rows: [...lines, typed],
  row: lines.length,
  column: typed.length,
});
const lines = fc.array(fc.constantFrom("", "a", "bb", "a longer line", "c"), { maxLength: 8 });

test("whatever stood there, what shall stand there does, with the cursor below it", () => {
  fc.assert(
    fc.property(lines, lines, fc.constantFrom("", "typed"), (before, after, typed) => {
      const text = redrawn(before, after, escapes);
      if (text === "") expect(after).toEqual(before);
      else expect(shownAfter(standing(before, typed), text)).toEqual(standing(after));
    }),
  );
});

test("only rows that differ are written, and none is blank for a moment", () => {
  const text = redrawn(["one", "two", "three", "four"], ["one", "2", "three", "4"], escapes);
  expect(text).toBe("<left><up 3>2<end>\n<down 1>4<end>\n<left><below>");
  expect(redrawn(["one"], ["one"], escapes)).toBe("");
});

test("erased rows are gone", () => {
  expect(shownAfter(standing(["a", "b"]), erased(2, escapes))).toEqual(standing([]));
  expect(erased(0, escapes)).toBe("");
});
