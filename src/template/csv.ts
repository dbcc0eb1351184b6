/** Rows of a table of texts: cells in double quotes may hold the delimiter, newlines and doubled quotes. */
export function parseRows(text: string, delimiter: string): string[][] {
  const mark = delimiter.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const cells = new RegExp(`("(?:[^"]|"")*"|(?:(?!${mark})[^\\r\\n])*)(${mark}|\\r?\\n|$)`, "y");
  const rows: string[][] = [[]];
  while (cells.lastIndex < text.length) {
    const found = cells.exec(text);
    if (found === null) break;
    const [, cell = "", end = ""] = found;
    rows.at(-1)?.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end !== delimiter) rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}
