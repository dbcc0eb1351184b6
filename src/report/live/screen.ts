import { Writable } from "node:stream";
import { loadRuler, type Ruler } from "../ruler.js";
import type { Size } from "./frame.js";

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
  draw(lines: readonly string[]): void;
  /** To be called when the terminal has another size now: what was drawn has been broken into other lines by it. */
  resized(): void;
  /** Removes the live part and shows the cursor. */
  close(): void;
}

/** A terminal that knows these shows all between them at once. */
const [BEGIN, END] = ["\u001b[?2026h", "\u001b[?2026l"];

/** What is drawn is collected, so that the terminal gets it in one piece. */
class Canvas extends Writable {
  #text = "";

  constructor(private readonly terminal: Terminal) {
    super({ decodeStrings: false });
  }
  get columns(): number {
    return sizeOf(this.terminal).columns;
  }
  get rows(): number {
    return sizeOf(this.terminal).rows;
  }
  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.#text += chunk;
    done();
  }
  /** What was drawn since the last time. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }
}

/** Its packages are loaded here, since most runs have no terminal. */
export async function openScreen(terminal: Terminal, ellipsis: string): Promise<Screen> {
  const [{ createLogUpdate }, { default: cursor }, ruler] = await Promise.all([
    import("log-update"),
    import("cli-cursor"),
    loadRuler(ellipsis),
  ]);
  const canvas = new Canvas(terminal);
  const live = createLogUpdate(canvas, { showCursor: true });
  // Comes back at exit as well, whichever way farm ends.
  cursor.hide(terminal as NodeJS.WriteStream);
  let drawn: readonly string[] = [];
  const flush = (before = "", after = "") => {
    const text = before + canvas.take() + after;
    if (text !== "") terminal.write(`${BEGIN}${text}${END}`);
  };
  const draw = (lines: readonly string[]) => {
    drawn = lines;
    if (lines.length > 0) live(lines.join("\n"));
  };
  return {
    ruler,
    size: () => sizeOf(terminal),
    draw: (lines) => {
      draw(lines);
      flush();
    },
    say: (text) => {
      live.clear();
      const erased = canvas.take();
      draw(drawn);
      flush(erased + text);
    },
    resized: () => {
      live.clear();
      canvas.take(); // counted in lines that are no more
      const { columns } = sizeOf(terminal);
      const height = drawn.reduce(
        (sum, line) => sum + Math.max(1, Math.ceil(ruler.widthOf(line) / columns)),
        0,
      );
      drawn = [];
      if (height > 0) flush(`\r\u001b[${height}A\u001b[J`);
    },
    close: () => {
      live.clear();
      flush();
      cursor.show(terminal as NodeJS.WriteStream);
    },
  };
}

const sizeOf = ({ columns = 80, rows = 24 }: Terminal): Size => ({
  columns: columns || 80,
  rows: rows || 24,
});
