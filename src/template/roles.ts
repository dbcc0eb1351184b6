import { textAt } from "./operands.js";
import { type Token, tokenAt } from "./tokens.js";

/** What a token is for, told by its neighbours. */

/** What binds a value more tightly than `~` does. */
export const ARITHMETIC: ReadonlySet<string> = new Set([
  "|",
  ".",
  "[",
  "(",
  "*",
  "/",
  "//",
  "%",
  "+",
  "-",
  "**",
]);

export const KEYWORDS = new Set("and or not in is if else true false none True False None __u".split(" "));
/** The two names of one filter. */
export const DEFAULTS = new Set(["default", "d"]);

/** Whether a minus is a sign before something that the engine cannot negate: the numbers that calls give it. */
export function isSign(tokens: readonly Token[], at: number): boolean {
  const [before, after] = [tokenAt(tokens, at - 1), tokenAt(tokens, at + 1)];
  const begins = before.kind === "end" || (before.kind === "operator" && !/^[)\]}]$/.test(before.text));
  return (begins || KEYWORDS.has(textAt(tokens, at - 1))) && (after.kind === "name" || after.text === "(");
}

/** Whether the bracket at an index calls what stands before it. */
export function isCall(tokens: readonly Token[], at: number): boolean {
  const before = tokenAt(tokens, at - 1);
  return (before.kind === "name" && !KEYWORDS.has(before.text)) || /^[)\]]$/.test(textAt(tokens, at - 1));
}

/** Whether the bracket at an index takes something from what stands before it. */
export function isSubscript(tokens: readonly Token[], at: number): boolean {
  const before = tokenAt(tokens, at - 1);
  if (before.kind === "name") return !KEYWORDS.has(before.text);
  return before.kind === "string" || before.kind === "number" || /^[)\]}]$/.test(before.text);
}

/** Whether a name is a test's: `is NAME`, `is not NAME`. */
export function isTestName(tokens: readonly Token[], at: number): boolean {
  const before = textAt(tokens, at - 1);
  if (before === "is") return textAt(tokens, at) !== "not";
  return before === "not" && textAt(tokens, at - 2) === "is";
}

/** The last token of a name with its collection, `ansible.builtin.combine`. */
export function qualifiedEnd(tokens: readonly Token[], at: number): number {
  let last = at;
  while (textAt(tokens, last + 1) === "." && tokenAt(tokens, last + 2).kind === "name") last += 2;
  return last;
}

/** Whether a variable is itself an argument of `default`, which may turn out not to be needed. @param callee what the bracket around it calls */
export const isDefaultArgument = (
  tokens: readonly Token[],
  at: number,
  next: number,
  callee: string,
): boolean =>
  DEFAULTS.has(callee) && /^[(,=]$/.test(textAt(tokens, at - 1)) && /^[),]$/.test(textAt(tokens, next));

/** Whether a filter has an answer to what is undefined: `default`, and `mandatory` with a message of the user's. */
export const takesUndefined = (tokens: readonly Token[], at: number): boolean =>
  DEFAULTS.has(textAt(tokens, at)) || (textAt(tokens, at) === "mandatory" && textAt(tokens, at + 1) === "(");

/** Whether `| default` or `is defined` asks about what ends before an index. */
export function mayBeUndefined(tokens: readonly Token[], next: number): boolean {
  let after = next;
  while (textAt(tokens, after) === ")") after++;
  if (textAt(tokens, after) === "|") return takesUndefined(tokens, qualifiedEnd(tokens, after + 1));
  if (textAt(tokens, after) !== "is") return false;
  const test = textAt(tokens, after + 1) === "not" ? after + 2 : after + 1;
  return /^(un)?defined$/.test(textAt(tokens, qualifiedEnd(tokens, test)));
}
