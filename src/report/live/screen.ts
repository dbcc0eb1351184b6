import { loadRuler, type Ruler } from "../ruler.js";
import type { Size } from "./frame.js";
import { type Escapes, erased, redrawn } from "./redraw.js";

/** A terminal: what of `process.stdout` is needed. */
export interface Terminal {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on(event: "resize", listener: () => void): unknown;
  off(event: "resize", listener: () => void): unknown;
}

/** A part of the terminal that is drawn again and again, with lines above it that stay. */
export interface Screen {
  readonly ruler: Ruler;
  size(): Size;
  /** Shows lines above the live part for good. */
  say(text: string): void;
  /** Lines that fit into the terminal, with a row and a column to spare. */
  draw(lines: readonly string[]): void;
  /** To be called when the terminal has another size now: what was drawn has been broken into other lines by it. */
  resized(): void;
  /** Removes the live part and shows the cursor, until it is drawn again. */
  close(): void;
}

/** A terminal that knows these shows all between them at once. */
const [BEGIN, END] = ["\u001b[?2026h", "\u001b[?2026l"];

/** Its packages are loaded here, since most runs have no terminal. */
export async function openScreen(terminal: Terminal, ellipsis: string): Promise<Screen> {
  const [escapes, { default: cursor }, ruler] = await Promise.all([
    import("ansi-escapes") as Promise<Escapes>,
    import("cli-cursor"),
    loadRuler(ellipsis),
  ]);
  let drawn: readonly string[] = [];
  let hasCursor = true;
  const flush = (text: string) => {
    if (text !== "") terminal.write(`${BEGIN}${text}${END}`);
  };
  const draw = (lines: readonly string[], standing: readonly string[], before = "") => {
    // Comes back at exit as well, whichever way farm ends.
    if (hasCursor) cursor.hide(terminal as NodeJS.WriteStream);
    hasCursor = false;
    flush(before + redrawn(standing, lines, escapes));
    drawn = lines;
  };
  return {
    ruler,
    size: () => sizeOf(terminal),
    draw: (lines) => draw(lines, drawn),
    say: (text) => draw(drawn, [], erased(drawn.length, escapes) + text),
    resized: () => {
      const { columns } = sizeOf(terminal);
      const height = drawn.reduce(
        (sum, line) => sum + Math.max(1, Math.ceil(ruler.widthOf(line) / columns)),
        0,
      );
      drawn = [];
      flush(erased(height, escapes));
    },
    close: () => {
      flush(erased(drawn.length, escapes));
      drawn = [];
      cursor.show(terminal as NodeJS.WriteStream);
      hasCursor = true;
    },
  };
}

const sizeOf = ({ columns = 80, rows = 24 }: Terminal): Size => ({
  columns: columns || 80,
  rows: rows || 24,
});
