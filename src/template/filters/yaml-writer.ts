interface Indicator {
  /** A space goes before it. */
  readonly space?: boolean;
  /** What follows needs no space. */
  readonly whitespace?: boolean;
  /** It is part of the indentation, as `-` is. */
  readonly indention?: boolean;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\0": "0",
  "\x07": "a",
  "\b": "b",
  "\t": "t",
  "\n": "n",
  "\v": "v",
  "\f": "f",
  "\r": "r",
  "\x1b": "e",
  '"': '"',
  "\\": "\\",
  "\u0085": "N",
  "\u00a0": "_",
  "\u2028": "L",
  "\u2029": "P",
};

/** The lowest part of PyYAML's emitter: columns, line breaks and the three ways to write a scalar. */
export class YamlWriter {
  #text = "";
  #column = 0;
  #whitespace = true;
  #indention = true;

  constructor(private readonly width: number) {}

  get indention(): boolean {
    return this.#indention;
  }

  get isPastWidth(): boolean {
    return this.#column > this.width;
  }

  finish(): string {
    return `${this.#text}\n`;
  }

  indicator(mark: string, { space = false, whitespace = false, indention = false }: Indicator): void {
    const data = this.#whitespace || !space ? mark : ` ${mark}`;
    this.#write(data);
    this.#whitespace = whitespace;
    this.#indention &&= indention;
  }

  /** Begins a line at a column, unless the line is new and short enough. */
  newLine(column: number): void {
    if (!this.#indention || this.#column > column || (this.#column === column && !this.#whitespace))
      this.#break();
    if (this.#column < column) {
      this.#whitespace = true;
      this.#write(" ".repeat(column - this.#column));
    }
  }

  scalar(text: string, style: "plain" | "single" | "double", column: number, mayFold: boolean): void {
    if (style === "plain") this.#plain(text, column, mayFold);
    else if (style === "single") this.#single(text, column, mayFold);
    else this.#double(text, column, mayFold);
  }

  #write(data: string): void {
    this.#text += data;
    this.#column += [...data].length;
  }

  #break(data = "\n"): void {
    this.#whitespace = true;
    this.#indention = true;
    this.#text += data;
    this.#column = 0;
  }

  #plain(text: string, column: number, mayFold: boolean): void {
    if (text === "") return;
    if (!this.#whitespace) this.#write(" ");
    this.#whitespace = false;
    this.#indention = false;
    for (const [piece] of text.matchAll(/ +|[^ ]+/g)) {
      if (piece === " " && this.isPastWidth && mayFold) {
        this.newLine(column);
        this.#whitespace = false;
        this.#indention = false;
      } else this.#write(piece);
    }
  }

  #single(text: string, column: number, mayFold: boolean): void {
    this.indicator("'", { space: true });
    for (const found of text.matchAll(/ +|[\n\u0085\u2028\u2029]+|[^ \n\u0085\u2028\u2029]+/g)) {
      const [piece] = found;
      const isInside = found.index > 0 && found.index + piece.length < text.length;
      if (piece === " " && this.isPastWidth && mayFold && isInside) this.newLine(column);
      else if (/^[\n\u0085\u2028\u2029]/.test(piece)) {
        if (piece.startsWith("\n")) this.#break();
        for (const char of piece) this.#break(char);
        this.newLine(column);
      } else this.#write(piece.replaceAll("'", "''"));
    }
    this.indicator("'", {});
  }

  #double(text: string, column: number, mayFold: boolean): void {
    this.indicator('"', { space: true });
    const chars = [...text];
    for (const [index, char] of chars.entries()) {
      const escapes = needsEscape(char);
      const isInside = index > 0 && index < chars.length - 1;
      if (char === " " && isInside && mayFold && this.isPastWidth) {
        this.newLine(column);
        // A space that begins a line would be lost.
        if (chars[index + 1] === " ") this.#write("\\");
      } else this.#write(escapes ? escaped(char) : char);
    }
    this.indicator('"', {});
  }
}

const needsEscape = (char: string): boolean =>
  /["\\\u0085\u2028\u2029\ufeff]/.test(char) || !/[\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/u.test(char);

function escaped(char: string): string {
  const short = ESCAPES[char];
  if (short !== undefined) return `\\${short}`;
  const code = char.codePointAt(0) ?? 0;
  const hex = (digits: number) => code.toString(16).toUpperCase().padStart(digits, "0");
  return code <= 0xff ? `\\x${hex(2)}` : code <= 0xffff ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}
