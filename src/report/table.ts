import { plainLine, type Ruler } from "./ruler.js";

/** A text, with the colour of it. */
export type Cell = string | { readonly text: string; readonly color: (text: string) => string };

const textOf = (cell: Cell | undefined): string =>
  plainLine(typeof cell === "object" ? cell.text : (cell ?? ""));

/** Columns as wide as their widest cell; nothing for no rows. Foreign texts become single lines. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  ruler: Ruler,
  heading: (text: string) => string,
): string[] {
  if (rows.length === 0) return [];
  const all: readonly (readonly Cell[])[] = [headings.map((text) => ({ text, color: heading })), ...rows];
  const widths = headings.map((_, column) =>
    Math.max(...all.map((row) => ruler.widthOf(textOf(row[column])))),
  );
  return all.map((row) =>
    headings
      .map((_, column) => {
        const cell = row[column];
        const text = textOf(cell);
        const isLast = column === headings.length - 1;
        const gap = isLast ? "" : " ".repeat((widths[column] ?? 0) - ruler.widthOf(text) + 2);
        return (typeof cell === "object" && text !== "" ? cell.color(text) : text) + gap;
      })
      .join("")
      .trimEnd(),
  );
}
