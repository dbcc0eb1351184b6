import { ModuleFailure } from "../modules/failure.js";

/** How a template is written. */
export interface TemplateForm {
  readonly trim_blocks: boolean;
  readonly lstrip_blocks: boolean;
  readonly variable_start_string: string;
  readonly variable_end_string: string;
  readonly block_start_string: string;
  readonly block_end_string: string;
  readonly comment_start_string: string;
  readonly comment_end_string: string;
}

type Marks = Omit<TemplateForm, "trim_blocks" | "lstrip_blocks">;

const MARKS: Marks = {
  variable_start_string: "{{",
  variable_end_string: "}}",
  block_start_string: "{%",
  block_end_string: "%}",
  comment_start_string: "{#",
  comment_end_string: "#}",
};

const HEADER = "#jinja2:";

/** What a first line as `#jinja2: trim_blocks: False` says of the form, and the text without it. @throws ModuleFailure for what no form has */
export function headerOf(text: string): { text: string; form: Partial<TemplateForm> } {
  if (!text.startsWith(HEADER)) return { text, form: {} };
  const end = text.indexOf("\n");
  const line = text.slice(HEADER.length, end < 0 ? text.length : end);
  const form: Record<string, string | boolean> = {};
  for (const pair of line.split(",")) {
    const [, name = "", value = ""] = /^\s*(\w+)\s*:\s*(.*?)\s*$/.exec(pair) ?? [];
    if (!/^(?:trim_blocks|lstrip_blocks)$/.test(name) && !Object.hasOwn(MARKS, name))
      throw new ModuleFailure(
        `'${pair.trim()}' in the template's first line is nothing that a template can be told`,
      );
    const plain = value.replace(/^(['"])(.*)\1$/, "$2");
    form[name] = name.endsWith("_blocks") ? /^true$/i.test(plain) : plain;
  }
  return { text: end < 0 ? "" : text.slice(end + 1), form };
}

/** A template in the form that all others have: usual marks, the newline after a block taken away, white space before it kept. */
export function usualForm(text: string, form: TemplateForm): string {
  return rawAndOther(withUsualMarks(text, form))
    .map(({ part, raw }) => (raw ? part : withWhiteSpace(part, form)))
    .join("");
}

/** Raw blocks are text: nothing in them is a mark. */
function rawAndOther(text: string): { part: string; raw: boolean }[] {
  const inside = /(\{%[-+]?\s*raw\s*[-+]?%\})([\s\S]*?)(\{%[-+]?\s*endraw\s*[-+]?%\})/g;
  const parts: { part: string; raw: boolean }[] = [];
  let at = 0;
  for (const { 0: whole, 1: start = "", 2: body = "", 3: end = "", index } of text.matchAll(inside)) {
    parts.push({ part: text.slice(at, index) + start, raw: false }, { part: body, raw: true });
    at = index + whole.length - end.length;
  }
  return [...parts, { part: text.slice(at), raw: false }];
}

function withWhiteSpace(text: string, { trim_blocks, lstrip_blocks }: TemplateForm): string {
  const stripped = lstrip_blocks ? text.replace(/^[ \t]+(?=\{%(?!\+)|\{#(?!\+))/gm, "") : text;
  if (trim_blocks) return stripped;
  // A block says by `+` that its newline stays; a comment cannot, so it gets a second one.
  return stripped.replace(/(?<![-+])%\}(?=\n)/g, "+%}").replace(/(?<!-)#\}\n/g, "#}\n\n");
}

/** What looks like a usual mark is text where others are agreed on. */
function withUsualMarks(text: string, form: TemplateForm): string {
  const names = Object.keys(MARKS) as (keyof Marks)[];
  if (names.every((name) => form[name] === MARKS[name])) return text;
  const starts = names.filter((name) => name.includes("_start_"));
  // Of two marks that begin alike the longer one is meant.
  starts.sort((one, other) => form[other].length - form[one].length);
  let result = "";
  let at = 0;
  while (at < text.length) {
    const start = starts.find((name) => form[name] !== "" && text.startsWith(form[name], at));
    if (!start) {
      const mark = /^(?:\{\{|\{%|\{#)/.exec(text.slice(at, at + 2))?.[0];
      result += mark ? `{{ '${mark}' }}` : (text[at] ?? "");
      at += mark?.length ?? 1;
      continue;
    }
    const stop = start.replace("_start_", "_end_") as keyof Marks;
    const from = at + form[start].length;
    const end = text.indexOf(form[stop], from);
    if (end < 0) throw new ModuleFailure(`the template's '${form[start]}' is not closed by '${form[stop]}'`);
    result += MARKS[start] + text.slice(from, end) + MARKS[stop];
    at = end + form[stop].length;
  }
  return result;
}
