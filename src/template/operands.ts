import { type Token, tokenAt } from "./tokens.js";

/** A token's text; nothing for a string, whose text could look like an operator. */
export function textAt(tokens: readonly Token[], index: number): string {
  const token = tokenAt(tokens, index);
  return token.kind === "string" ? "" : token.text;
}

/** Whether the bracket at an index holds a mark such as a comma, not counting those of brackets inside it. */
export function hasOwn(tokens: readonly Token[], open: number, mark: string): boolean {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const text = textAt(tokens, at);
    if ("([{".includes(text) && text !== "") depth++;
    else if (")]}".includes(text) && text !== "" && --depth === 0) return false;
    else if (text === mark && depth === 1) return true;
  }
  return false;
}

/** Where the operand that begins at an index ends, its attributes, calls and filters included. */
export function operandEnd(tokens: readonly Token[], start: number): number {
  let at = /^[([{]$/.test(textAt(tokens, start)) ? closingOf(tokens, start) + 1 : start + 1;
  for (;;) {
    const text = textAt(tokens, at);
    if (text === "." || text === "|") at += 2;
    else if (text === "(" || text === "[") at = closingOf(tokens, at) + 1;
    else return at;
  }
}

/** The index of the bracket that closes the one at an index. */
export function closingOf(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const text = textAt(tokens, at);
    if (/^[([{]$/.test(text)) depth++;
    else if (/^[)\]}]$/.test(text) && --depth === 0) return at;
  }
  return tokens.length;
}

/** One step into a value: a key that is written out, or the tokens of one that is computed. */
export type Step =
  | { readonly key: string | number; readonly next: number }
  | { readonly from: number; readonly to: number; readonly next: number };

/** The attribute or index at an index, if there is one; a slice or the call of a method is none. */
export function stepAt(tokens: readonly Token[], at: number): Step | undefined {
  const [mark, key, close] = [textAt(tokens, at), tokenAt(tokens, at + 1), textAt(tokens, at + 2)];
  if (mark === "." && /^(name|number)$/.test(key.kind) && close !== "(")
    return { key: key.kind === "number" ? Number(key.text) : key.text, next: at + 2 };
  if (mark !== "[") return undefined;
  if (close === "]" && key.kind === "string") return { key: key.value, next: at + 3 };
  if (close === "]" && /^\d+$/.test(key.text)) return { key: Number(key.text), next: at + 3 };
  if (key.text === "-" && textAt(tokens, at + 3) === "]" && /^\d+$/.test(close))
    return { key: -Number(close), next: at + 4 };
  const end = closingOf(tokens, at);
  return end === at + 1 || hasOwn(tokens, at, ":") ? undefined : { from: at + 1, to: end, next: end + 1 };
}

/** All the steps from an index on. */
export function stepsAt(tokens: readonly Token[], at: number): Step[] {
  const steps: Step[] = [];
  for (let step = stepAt(tokens, at); step !== undefined; step = stepAt(tokens, step.next)) steps.push(step);
  return steps;
}

/** The index of the bracket that opens the one at an index. */
function openingOf(tokens: readonly Token[], close: number): number {
  let depth = 0;
  for (let at = close; at >= 0; at--) {
    const text = textAt(tokens, at);
    if (/^[)\]}]$/.test(text)) depth++;
    else if (/^[([{]$/.test(text) && --depth === 0) return at;
  }
  return 0;
}

/** Where the operand that ends at an index begins, what it is an attribute, call or filter of included. */
export function operandStart(tokens: readonly Token[], end: number): number {
  let at = end;
  for (;;) {
    while (/^[)\]]$/.test(textAt(tokens, at))) {
      const open = openingOf(tokens, at);
      const called = tokenAt(tokens, open - 1);
      if (called.kind !== "name" && !/^[)\]]$/.test(called.text)) {
        at = open;
        break;
      }
      at = open - 1;
    }
    if (!/^[.|]$/.test(textAt(tokens, at - 1))) return at;
    at -= 2;
  }
}
