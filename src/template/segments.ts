import { ConfigError } from "../errors.js";
import { ANSIBLE_SYNTAX, type Syntax } from "./syntax.js";

/** A piece of a template: text as it shall come out, a `{{ }}` expression, or a `{% %}` statement. */
export interface Segment {
  readonly kind: "text" | "expression" | "statement";
  /** What stands between the marks. */
  readonly body: string;
  /** Where it begins in the source. */
  readonly offset: number;
  /** What it comes to is escaped for XML. */
  readonly escaped?: boolean;
}

type Kind = "expression" | "statement" | "comment";

interface Mark {
  readonly kind: Kind;
  readonly start: string;
  readonly end: string;
}

/**
 * Splits a template at its marks: comments are dropped, raw blocks are text, and white space is gone where `-`, `trim_blocks`
 * or `lstrip_blocks` says so. @throws ConfigError
 */
export const segmentsOf = (source: string, syntax: Syntax = ANSIBLE_SYNTAX): Segment[] =>
  new Splitter(withoutLastNewline(source, syntax), syntax).split();

/** Jinja drops the last newline of what it reads. */
const withoutLastNewline = (source: string, { keepTrailingNewline }: Syntax): string =>
  keepTrailingNewline ? source : source.replace(/\r\n$|\r$|\n$/, "");

class Splitter {
  readonly #segments: Segment[] = [];
  readonly #marks: readonly Mark[];
  #at = 0;
  /** Whether what came before ends a line, so that white space here begins one. */
  #beginsLine = true;

  constructor(
    private readonly source: string,
    private readonly syntax: Syntax,
  ) {
    const marks: Mark[] = [
      { kind: "comment", start: syntax.commentStart, end: syntax.commentEnd },
      { kind: "statement", start: syntax.blockStart, end: syntax.blockEnd },
      { kind: "expression", start: syntax.variableStart, end: syntax.variableEnd },
    ];
    // Of marks that begin alike the longest counts.
    this.#marks = marks.sort((a, b) => b.start.length - a.start.length);
  }

  split(): Segment[] {
    while (this.#at < this.source.length) {
      const found = this.#nextMark();
      this.#text(this.#at, found?.at ?? this.source.length, found?.mark);
      if (found === undefined) break;
      this.#at = found.at + found.mark.start.length;
      if (/[-+]/.test(this.source[this.#at] ?? "")) this.#at++;
      if (found.mark.kind === "statement" && this.#raw()) continue;
      this.#marked(found.mark, found.at);
    }
    return this.#segments;
  }

  #nextMark(): { mark: Mark; at: number } | undefined {
    let first: { mark: Mark; at: number } | undefined;
    for (const mark of this.#marks) {
      const at = this.source.indexOf(mark.start, this.#at);
      if (at >= 0 && (first === undefined || at < first.at)) first = { mark, at };
    }
    return first;
  }

  /** Text up to a mark, which may take its white space away. */
  #text(from: number, to: number, mark: Mark | undefined): void {
    const body = mark ? this.#before(this.source.slice(from, to), mark, to) : this.source.slice(from, to);
    if (body === "") return;
    const ended = body.replace(/\r\n|\r|\n/g, this.syntax.newline);
    this.#segments.push({ kind: "text", body: ended, offset: from });
  }

  #before(text: string, mark: Pick<Mark, "kind" | "start">, at: number): string {
    const sign = this.source[at + mark.start.length];
    if (sign === "-") return text.trimEnd();
    if (sign === "+" || !this.syntax.lstripBlocks || mark.kind === "expression") return text;
    const line = text.lastIndexOf("\n") + 1;
    if (line === 0 && !this.#beginsLine) return text;
    return text.slice(line).trim() === "" ? text.slice(0, line) : text;
  }

  #marked({ kind, start, end }: Mark, offset: number): void {
    const close = kind === "comment" ? this.source.indexOf(end, this.#at) : this.#closing(end);
    if (close < 0) throw new ConfigError(`syntax error in template: '${start}' is not closed`);
    const [, body = "", sign = ""] =
      (kind === "expression" ? /^([\s\S]*?)(-?)$/ : /^([\s\S]*?)([-+]?)$/).exec(
        this.source.slice(this.#at, close),
      ) ?? [];
    if (kind !== "comment") this.#segments.push(this.#segment(kind, body.trim(), offset));
    this.#after(close + end.length, sign, kind !== "expression" && this.syntax.trimBlocks);
  }

  #segment(kind: Exclude<Kind, "comment">, body: string, offset: number): Segment {
    if (kind !== "expression" || !this.syntax.escapesXml) return { kind, body, offset };
    const markup = SAFE.exec(body)?.[1];
    return markup === undefined ? { kind, body, offset, escaped: true } : { kind, body: markup, offset };
  }

  /** Goes on behind a closing mark. */
  #after(end: number, sign: string, trims: boolean): void {
    const space = sign === "-" ? /\s*/y : trims && sign !== "+" ? /(?:\r\n|\r|\n)?/y : /(?:)/y;
    space.lastIndex = end;
    this.#at = end + (space.exec(this.source)?.[0].length ?? 0);
    this.#beginsLine = /[\r\n]/.test(this.source[this.#at - 1] ?? "");
  }

  /** `{% raw %}` up to its end, when that stands here. */
  #raw(): boolean {
    const [start, close] = [this.syntax.blockStart, this.syntax.blockEnd].map(quoted);
    const begin = new RegExp(String.raw`\s*raw\s*(?:-${close}\s*|${close})`, "y");
    begin.lastIndex = this.#at;
    const found = begin.exec(this.source);
    if (found === null) return false;
    const from = this.#at + found[0].length;
    const last = new RegExp(String.raw`${start}[-+]?\s*endraw\s*([-+]?)${close}`, "g");
    last.lastIndex = from;
    const end = last.exec(this.source);
    if (end === null)
      throw new ConfigError(
        `syntax error in template: '${this.syntax.blockStart} raw ${this.syntax.blockEnd}' is not closed`,
      );
    this.#beginsLine = false;
    this.#text(from, end.index, { kind: "statement", start: this.syntax.blockStart, end: "" });
    this.#after(end.index + end[0].length, end[1] ?? "", this.syntax.trimBlocks);
    return true;
  }

  /** Where the closing mark stands, strings and what is in brackets passed over; -1 when there is none. */
  #closing(end: string): number {
    // Of the other brackets an unclosed one is told better by who reads the expression.
    const [opens, closes] = /^[)\]]/.test(end) ? [/[([{]/, /[)\]}]/] : [/\{/, /\}/];
    let depth = 0;
    for (let at = this.#at; at < this.source.length; at++) {
      const char = this.source[at] ?? "";
      if (depth <= 0 && this.source.startsWith(end, at)) return at;
      if (char === "'" || char === '"') at = this.#endOfString(at);
      else if (opens.test(char)) depth++;
      else if (closes.test(char)) depth--;
    }
    return -1;
  }

  #endOfString(from: number): number {
    for (let at = from + 1; at < this.source.length; at++) {
      if (this.source[at] === "\\") at++;
      else if (this.source[at] === this.source[from]) return at;
    }
    throw new ConfigError("syntax error in template: a string is not closed");
  }
}

/** An expression that says of itself that it comes to markup. */
const SAFE = /^([\s\S]*\S)\s*\|\s*safe$/;

const quoted = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
