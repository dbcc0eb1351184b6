import { compilePython } from "../../template/filters/regex.js";
import { ModuleFailure } from "../module/failure.js";

/** A pattern of Python's `re`. @param flags of JavaScript's. @throws ModuleFailure for what is no regular expression */
export function patternOf(pattern: string, flags = ""): RegExp {
  try {
    return compilePython(pattern, flags);
  } catch (cause) {
    throw new ModuleFailure(`'${pattern}' is no regular expression: ${reasonOf(cause)}`);
  }
}

const reasonOf = (cause: unknown): string => {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.replace(/^Invalid regular expression: .*: /s, "");
};

/** What a template of Python's makes of a match. */
export type Expand = (match: RegExpMatchArray) => string;

/** What a letter behind a backslash stands for, in patterns and texts of Python's alike. */
export const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

/** Python's replacement texts: `\1`, `\g<name>`, `\n` ... @throws ModuleFailure for escapes that Python refuses */
export function templateOf(template: string): Expand {
  const parts: (string | { readonly group: string })[] = [];
  let at = 0;
  for (const found of template.matchAll(
    /\\(?:g<([^>]*)>|(0[0-7]{0,2}|[1-7][0-7]{2}|[1-9][0-9]?)|([\s\S]?))/g,
  )) {
    parts.push(template.slice(at, found.index));
    at = found.index + found[0].length;
    const [whole, name, digits, char = ""] = found;
    if (name !== undefined) parts.push({ group: name });
    else if (digits !== undefined && /^0|^.../.test(digits))
      parts.push(String.fromCharCode(Number.parseInt(digits, 8)));
    else if (digits !== undefined) parts.push({ group: digits });
    else if (ESCAPES[char] !== undefined) parts.push(ESCAPES[char]);
    else if (/^[A-Za-z]?$/.test(char)) throw new ModuleFailure(`'${template}' has a bad escape: ${whole}`);
    else parts.push(whole);
  }
  parts.push(template.slice(at));
  return (match) =>
    parts.map((part) => (typeof part === "string" ? part : groupOf(part.group, match, template))).join("");
}

/** A group that took no part is empty. @throws ModuleFailure for one that the pattern has not */
function groupOf(name: string, match: RegExpMatchArray, template: string): string {
  const number = Number(name);
  const known = /^\d+$/.test(name) ? number < match.length : Object.hasOwn(match.groups ?? {}, name);
  if (!known) throw new ModuleFailure(`'${template}' names group ${name}, which the pattern has not`);
  return (/^\d+$/.test(name) ? match[number] : match.groups?.[name]) ?? "";
}
