import { ConfigError } from "../errors.js";

/** A piece of a template: text as it stands, a `{{ }}` expression, or a `{% %}` statement. */
export interface Segment {
  readonly kind: "text" | "expression" | "statement";
  /** What stands between the marks. */
  readonly body: string;
  /** `{%-` and `-%}` and the like: `-`, `+` or nothing. */
  readonly open: string;
  readonly close: string;
}

const CLOSE = { "{{": "}}", "{%": "%}", "{#": "#}" } as const;
const RAW_END = /\{%[-+]?\s*endraw\s*[-+]?%\}/;

/** Splits a template at its marks; comments are dropped and raw blocks are text. @throws ConfigError */
export function segmentsOf(source: string): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  while (at < source.length) {
    const rest = source.slice(at);
    const start = rest.search(/\{[{%#]/);
    if (start !== 0) segments.push(text(start < 0 ? rest : rest.slice(0, start)));
    if (start < 0) break;
    const mark = rest.slice(start, start + 2) as keyof typeof CLOSE;
    const end = endOf(rest, start + 2, mark);
    const inner = rest.slice(start + 2, end);
    at += end + 2;
    if (mark === "{#") {
      at += afterComment(inner, source.slice(at), segments);
      continue;
    }
    const segment = marked(mark, inner);
    if (mark === "{%" && segment.body === "raw") at += pushRaw(source.slice(at), segments);
    else segments.push(segment);
  }
  return segments;
}

/** A comment takes the newline after it away, `{#-` and `-#}` all white space. @returns how many characters are gone */
function afterComment(inner: string, rest: string, segments: Segment[]): number {
  const last = segments.at(-1);
  if (inner.startsWith("-") && last?.kind === "text")
    segments.splice(-1, 1, { ...last, body: last.body.trimEnd() });
  return inner.endsWith("-") ? rest.length - rest.trimStart().length : newline(rest);
}

const newline = (rest: string): number => (rest.startsWith("\n") ? 1 : 0);

const text = (body: string): Segment => ({ kind: "text", body, open: "", close: "" });

function pushRaw(rest: string, segments: Segment[]): number {
  const end = RAW_END.exec(rest);
  if (end === null) throw new ConfigError("syntax error in template: '{% raw %}' is not closed");
  segments.push(text(rest.slice(0, end.index)));
  const length = end.index + end[0].length;
  return length + newline(rest.slice(length));
}

function marked(mark: string, inner: string): Segment {
  const [, open = "", body = "", close = ""] = /^([-+]?)([\s\S]*?)([-+]?)$/.exec(inner) ?? [];
  return { kind: mark === "{{" ? "expression" : "statement", body: body.trim(), open, close };
}

/** Where the closing mark stands, strings and the brackets of mappings passed over. */
function endOf(source: string, from: number, mark: keyof typeof CLOSE): number {
  const close = CLOSE[mark];
  if (mark === "{#") return closedAt(source.indexOf(close, from), mark);
  let depth = 0;
  for (let at = from; at < source.length; at++) {
    const char = source[at];
    if (char === "'" || char === '"') {
      at = endOfString(source, at);
      continue;
    }
    if (depth === 0 && source.startsWith(close, at)) return at;
    if (char === "{") depth++;
    else if (char === "}") depth--;
  }
  return closedAt(-1, mark);
}

function endOfString(source: string, from: number): number {
  for (let at = from + 1; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === source[from]) return at;
  }
  throw new ConfigError("syntax error in template: a string is not closed");
}

function closedAt(end: number, mark: string): number {
  if (end < 0) throw new ConfigError(`syntax error in template: '${mark}' is not closed`);
  return end;
}
