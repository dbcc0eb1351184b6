import { pythonText, truthy } from "../python.js";
import type { Call, Filters } from "./call.js";
import { regexSource } from "./regex-source.js";

/** A regular expression of Python's as one of JavaScript's. @param whole whether it must match the text to its end */
export function pythonRegex(call: Call, pattern: string, flags: string, whole = false): RegExp {
  try {
    return compilePython(pattern, flags, whole);
  } catch {
    return call.fail(`was given '${pattern}', which is no regular expression`);
  }
}

/** Python's regular expression as one of ours. @throws SyntaxError */
export function compilePython(pattern: string, flags: string, whole = false): RegExp {
  const [, inline = "", rest = ""] = /^(?:\(\?([aimsuxL]+)\))?([\s\S]*)$/.exec(pattern) ?? [];
  const all = new Set([...flags, ...inline.replace(/[^ims]/g, "")]);
  const source = regexSource(rest, {
    multiline: all.has("m"),
    dotAll: all.has("s"),
    verbose: inline.includes("x"),
  });
  return new RegExp(whole ? `(?:${source})(?![\\s\\S])` : source, ["u", ...all].join(""));
}

/** i and m from `ignorecase` and `multiline`. */
export const flagsOf = (call: Call, ignoreCase: unknown, multiline: unknown): string =>
  (truthy(ignoreCase ?? call.kwargs["ignorecase"]) ? "i" : "") +
  (truthy(multiline ?? call.kwargs["multiline"]) ? "m" : "");

const subject = (call: Call) => (call.value === null ? "" : pythonText(call.value));

/** Group texts of a match; a group that took no part is none. */
function groupOf(match: RegExpMatchArray, reference: string): unknown {
  const name = /^\\(?:g<(\w+)>|(\d+))$/.exec(reference);
  const key = name?.[1] ?? name?.[2] ?? "";
  return (/^\d+$/.test(key) ? match[Number(key)] : match.groups?.[key]) ?? null;
}

function search(call: Call): unknown {
  const [pattern = "", ...groups] = call.args.map(pythonText);
  const match = pythonRegex(call, pattern, flagsOf(call, null, null)).exec(subject(call));
  if (match === null) return null;
  return groups.length === 0 ? match[0] : groups.map((group) => groupOf(match, group));
}

function replace(call: Call): string {
  const flags = `${flagsOf(call, call.arg(2, "ignorecase"), call.arg(3, "multiline"))}g`;
  const regex = pythonRegex(call, call.text(0, "pattern"), flags);
  const replacement = call.text(1, "replacement");
  const count = call.number(4, "count", 0) || Number.POSITIVE_INFINITY;
  let done = 0;
  return subject(call).replace(regex, (...found: unknown[]) => {
    if (++done > count) return String(found[0]);
    const named = typeof found.at(-1) === "object" ? (found.at(-1) as Record<string, string>) : {};
    return replacement.replace(/\\(?:g<(\w+)>|(\d{1,2})|([nrt\\]))/g, (_, name, number, char) => {
      if (char) return { n: "\n", r: "\r", t: "\t" }[char as string] ?? "\\";
      const key = number ?? name;
      return String((/^\d+$/.test(key) ? found[Number(key)] : named[key]) ?? "");
    });
  });
}

function findAll(call: Call): unknown[] {
  const flags = `${flagsOf(call, call.arg(2, "ignorecase"), call.arg(1, "multiline"))}g`;
  return [...subject(call).matchAll(pythonRegex(call, call.text(0, "regex"), flags))].map((match) => {
    const groups = match.slice(1).map((group) => group ?? "");
    return groups.length === 0 ? match[0] : groups.length === 1 ? groups[0] : groups;
  });
}

function regexEscape(call: Call): string {
  const type = call.text(0, "re_type", "python");
  if (type === "posix_basic") return subject(call).replace(/[\].[^$*\\]/g, "\\$&");
  if (type !== "python") call.fail(`takes re_type: python, posix_basic; not '${type}'`);
  return subject(call).replace(/[\\^$.|?*+()[\]{}#&~\-\s]/g, "\\$&");
}

export const REGEX_FILTERS: Filters = {
  regex_search: search,
  regex_replace: replace,
  regex_findall: findAll,
  regex_escape: regexEscape,
};
