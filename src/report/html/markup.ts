import { harmless } from "../harmless.js";

/** Markup that is farm's own: the only text that reaches a page as it is. Made by `html` alone. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What stands in a page: texts are escaped, markup is not, nothing is nothing. */
export type Content = Markup | string | number | undefined | false | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};
/** Most texts are of these alone, and nothing is to be done. */
const PLAIN = /^[\n\t !#-%(-;=?-_a-~]*$/;

/** A text as it may stand in an element or in a quoted attribute: no markup, no escape sequences, no lone surrogates. */
export const escaped = (text: string): string =>
  PLAIN.test(text)
    ? text
    : harmless(text)
        .toWellFormed()
        .replace(/[&<>"'`]/g, (char) => ENTITIES[char] ?? char);

/** Markup with values put into it. Attributes must be quoted; no value may be the body of a script or a style. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let text = parts[0] ?? "";
  for (const [index, value] of values.entries()) text += textOf(value) + (parts[index + 1] ?? "");
  return new Markup(text);
}

function textOf(value: Content): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === "string") return escaped(value);
  if (typeof value === "number") return String(value);
  if (value === undefined || value === false) return "";
  return value.map(textOf).join("");
}
