import { type Token, tokenAt } from "./tokens.js";

/** A token's text; nothing for a string, whose text could look like an operator. */
export function textAt(tokens: readonly Token[], index: number): string {
  const token = tokenAt(tokens, index);
  return token.kind === "string" ? "" : token.text;
}

/** Whether the bracket at an index holds a comma of its own. */
export function hasComma(tokens: readonly Token[], open: number): boolean {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const text = textAt(tokens, at);
    if ("([{".includes(text) && text !== "") depth++;
    else if (")]}".includes(text) && text !== "" && --depth === 0) return false;
    else if (text === "," && depth === 1) return true;
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

/** The attribute or index that is written out at an index, if one is. */
export function stepAt(
  tokens: readonly Token[],
  at: number,
): { key: string | number; next: number } | undefined {
  const [mark, key, close] = [textAt(tokens, at), tokenAt(tokens, at + 1), textAt(tokens, at + 2)];
  if (mark === "." && /^(name|number)$/.test(key.kind) && close !== "(")
    return { key: key.kind === "number" ? Number(key.text) : key.text, next: at + 2 };
  if (mark !== "[") return undefined;
  if (close === "]" && key.kind === "string") return { key: key.value, next: at + 3 };
  if (close === "]" && /^\d+$/.test(key.text)) return { key: Number(key.text), next: at + 3 };
  if (key.text === "-" && textAt(tokens, at + 3) === "]" && /^\d+$/.test(close))
    return { key: -Number(close), next: at + 4 };
  return undefined;
}
