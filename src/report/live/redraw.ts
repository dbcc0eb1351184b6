/** Of the package ansi-escapes: what is needed. */
export interface Escapes {
  cursorUp(count?: number): string;
  cursorDown(count?: number): string;
  readonly cursorLeft: string;
  readonly eraseEndLine: string;
  readonly eraseDown: string;
}

/**
 * What turns lines that stand on a terminal into others, the cursor being at the beginning of the row below them before and after. Only
 * rows that differ are written, each over what stands there, so that nothing is blank for a moment.
 */
export function redrawn(before: readonly string[], after: readonly string[], escapes: Escapes): string {
  let text = "";
  let at = before.length;
  const moveTo = (row: number) => {
    if (row < at) text += escapes.cursorUp(at - row);
    if (row > at) text += escapes.cursorDown(row - at);
    at = row;
  };
  for (const [row, line] of after.entries()) {
    if (row < before.length && before[row] === line) continue;
    moveTo(row);
    // A line feed goes down on a row that there was, and makes one where there was none.
    text += `${line}${escapes.eraseEndLine}\n`;
    at = row + 1;
  }
  if (text === "" && after.length === before.length) return "";
  moveTo(after.length);
  // With what was typed there.
  return `${escapes.cursorLeft}${text}${escapes.cursorLeft}${escapes.eraseDown}`;
}

/** What takes so many rows away, the cursor being below them before. */
export const erased = (rows: number, escapes: Escapes): string =>
  rows === 0 ? "" : escapes.cursorUp(rows) + escapes.cursorLeft + escapes.eraseDown;
