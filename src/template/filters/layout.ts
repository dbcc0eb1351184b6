import { isMapping, pythonText, truthy } from "../python.js";
import type { Call, Filters } from "./call.js";

const MAX_WIDTH = 10_000;
const subject = (call: Call) => pythonText(call.value);

function replace(call: Call): string {
  const [from, to] = [call.text(0, "old"), call.text(1, "new")];
  const count = call.arg(2, "count");
  if (count === null) return subject(call).replaceAll(from, () => to);
  const parts = subject(call).split(from);
  const kept = Math.min(call.number(2, "count", 0), parts.length - 1);
  const rest = parts.slice(kept).join(from);
  return kept === 0 ? rest : `${parts.slice(0, kept).join(to)}${to}${rest}`;
}

function indent(call: Call): string {
  const width = call.arg(0, "width", 4);
  const margin = typeof width === "string" ? width : " ".repeat(Math.min(Number(width), MAX_WIDTH));
  const blank = truthy(call.arg(2, "blank", false));
  const [first = "", ...lines] = subject(call).split("\n");
  const moved = lines.map((line) => (line !== "" || blank ? margin + line : line));
  return [truthy(call.arg(1, "first", false)) ? margin + first : first, ...moved].join("\n");
}

function truncate(call: Call): string {
  const chars = [...subject(call)];
  const length = call.number(0, "length", 255);
  const end = call.text(2, "end", "...");
  if (chars.length <= length + call.number(3, "leeway", 5)) return subject(call);
  const cut = chars.slice(0, Math.max(0, length - end.length)).join("");
  if (truthy(call.arg(1, "killwords", false))) return cut + end;
  const space = cut.lastIndexOf(" ");
  return (space < 0 ? cut : cut.slice(0, space)) + end;
}

function center(call: Call): string {
  const text = subject(call);
  const free = Math.max(0, Math.min(call.number(0, "width", 80), MAX_WIDTH) - [...text].length);
  const left = Math.floor(free / 2) + (free & Math.min(call.number(0, "width", 80), MAX_WIDTH) & 1);
  return " ".repeat(left) + text + " ".repeat(free - left);
}

/** Lines of no more than a width; a word that is longer is cut. */
function wordwrap(call: Call): string {
  const width = Math.max(1, call.number(0, "width", 79));
  const wrap = (line: string) => {
    const lines: string[] = [""];
    for (const word of line
      .split(/\s+/)
      .flatMap((each) => each.match(new RegExp(`.{1,${width}}`, "gsu")) ?? [])) {
      const last = lines.at(-1) ?? "";
      if (last === "") lines[lines.length - 1] = word;
      else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
      else lines.push(word);
    }
    return lines.join(call.text(2, "wrapstring", "\n"));
  };
  return subject(call)
    .replace(/\n$/, "")
    .split("\n")
    .map(wrap)
    .join(call.text(2, "wrapstring", "\n"));
}

const encode = (text: string, plus: boolean) => {
  const code = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return plus ? code.replaceAll("%20", "+") : code.replaceAll("%2F", "/");
};

function urlencode({ value }: Call): string {
  if (!isMapping(value)) return encode(pythonText(value), false);
  return Object.entries(value)
    .map(([key, entry]) => `${encode(key, true)}=${encode(pythonText(entry), true)}`)
    .join("&");
}

/** Filters that arrange a text. */
export const LAYOUT_FILTERS: Filters = {
  replace,
  indent,
  truncate,
  center,
  wordwrap,
  urlencode,
  urldecode: (call) =>
    decodeURIComponent(
      subject(call)
        .replaceAll("+", " ")
        .replace(/%(?![\da-fA-F]{2})/g, "%25"),
    ),
  wordcount: (call) => (subject(call).match(/[\p{L}\p{N}_]+/gu) ?? []).length,
};
