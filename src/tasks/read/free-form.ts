import { Template, templateOr } from "../../values/template.js";
import type { AnyModule } from "../module/module.js";
import { splitWords } from "../words.js";

/** A regular expression's text for a value in quotes; within `{{ }}` quotes are the expression's own. */
export const QUOTED = quotedText();

/** Each character can be read in one way only, so that no text takes long. */
function quotedText(): string {
  const expression = String.raw`\{\{(?:(?!\}\}).)*\}\}`;
  const brace = String.raw`\{(?!\{(?:(?!\}\}).)*\}\})`;
  return String.raw`"(?:${expression}|${brace}|[^"\\{]|\\.)*"|'(?:${expression}|${brace}|[^'{])*'`;
}

/** A value of `key=value` without the quotes around it. */
export function unquoted(text: string): string {
  if (!/^["']/.test(text)) return text;
  const inner = text.slice(1, -1);
  const own = text.startsWith('"') ? inner.replace(/\\./g, "").includes('"') : inner.includes("'");
  return own ? inner : (splitWords(text)[0] ?? "");
}

/**
 * The arguments that a plain text gives: `make chdir=/src creates=a.out` is cmd, chdir and creates.
 * Only the module's own names count; any other `key=value` belongs to the command.
 */
export function freeFormArgs(
  module: AnyModule,
  value: string | Template | number | boolean,
): Record<string, unknown> {
  const { freeForm = "", inlineArgs = [] } = module;
  if (typeof value === "number" || typeof value === "boolean") return { [freeForm]: String(value) };
  const again = (text: string) => (value instanceof Template ? templateOr(text, value.position) : text);
  const source = value instanceof Template ? value.source : value;
  if (inlineArgs.length === 0) return { [freeForm]: value };
  const args: Record<string, unknown> = {};
  const pattern = new RegExp(
    String.raw`(^|\s)(${inlineArgs.join("|")})=(${QUOTED}|(?:\{\{.*?\}\}|[^\s"'])+)(?=\s|$)`,
    "g",
  );
  const rest = source.replace(pattern, (_all, _space, name: string, text: string) => {
    args[name] = again(unquoted(text));
    return "";
  });
  // Names alone leave no text: `debug: var=x`.
  if (rest.trim() === "" && Object.keys(args).length > 0) return args;
  return { [freeForm]: again(rest === source ? source : rest.trim()), ...args };
}
