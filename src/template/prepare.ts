import { ConfigError } from "../errors.js";
import { operandEnd, operandStart, textAt } from "./operands.js";
import { type Backslashes, type Token, tokenAt, tokenize } from "./tokens.js";

const COMPARISONS = new Set(["<", ">", "<=", ">=", "==", "!="]);
/** What ends one side of a comparison. */
const APART = new Set(["and", "or", "not", "if", "else", ",", ":", "="]);
const STRONGER = new Set(["*", "/", "//", "%", "**"]);

/** The tokens of an expression, in the ways of Python that the engine does not share. @throws ConfigError */
export function prepare(expression: string, backslashes: Backslashes): { tokens: Token[]; timely: boolean } {
  const tokens = tokenize(expression, backslashes);
  if (tokens.length === 0) throw new ConfigError("syntax error in expression: there is nothing in it");
  refuseChains(tokens);
  const timely = tokens.some((_, at) => isTime(tokens, at));
  return { tokens: withElse(timely ? withDifferences(tokens) : tokens), timely };
}

/** `1 < x < 3` is two comparisons in Python; the engine would compare the first one's result. */
function refuseChains(tokens: readonly Token[]): void {
  const compared = [false];
  for (const [at] of tokens.entries()) {
    const text = textAt(tokens, at);
    if (/^[([{]$/.test(text)) compared.push(false);
    else if (/^[)\]}]$/.test(text)) compared.pop();
    else if (APART.has(text)) compared[compared.length - 1] = false;
    else if (COMPARISONS.has(text)) {
      if (compared.at(-1)) throw new ConfigError(`comparisons cannot be chained: join them with 'and'`);
      compared[compared.length - 1] = true;
    }
  }
}

/** `x if y` alone is empty when y is false; elsewhere, e.g. before `default`, it is undefined. */
function withElse(tokens: Token[]): Token[] {
  let depth = 0;
  let open = 0;
  for (const [at] of tokens.entries()) {
    const text = textAt(tokens, at);
    if (/^[([{]$/.test(text)) depth++;
    else if (/^[)\]}]$/.test(text)) depth--;
    else if (depth === 0 && textAt(tokens, at - 1) !== "." && text === "if") open++;
    else if (depth === 0 && text === "else") open--;
  }
  return open > 0 ? [...tokens, ...tokenize("else ''")] : tokens;
}

/** Whether a name at an index makes a time: `to_datetime` or `now()`. */
function isTime(tokens: readonly Token[], at: number): boolean {
  const text = textAt(tokens, at);
  if (text === "to_datetime") return textAt(tokens, at - 1) === "|" || textAt(tokens, at - 1) === ".";
  return text === "now" && textAt(tokens, at + 1) === "(" && textAt(tokens, at - 1) !== ".";
}

/** The engine subtracts numbers only: `a - b` of times becomes a call. */
function withDifferences(given: readonly Token[]): Token[] {
  let tokens = [...given];
  for (let at = 1; at < tokens.length; at++) {
    if (textAt(tokens, at) !== "-" || !endsOperand(tokenAt(tokens, at - 1))) continue;
    const [start, end] = [operandStart(tokens, at - 1), operandEnd(tokens, at + 1)];
    if (STRONGER.has(textAt(tokens, start - 1)) || STRONGER.has(textAt(tokens, end))) continue;
    const call = [
      ...tokenize("__minus"),
      mark("("),
      ...tokens.slice(start, at),
      mark(","),
      ...tokens.slice(at + 1, end),
      mark(")"),
    ];
    tokens = [...tokens.slice(0, start), ...call, ...tokens.slice(end)];
    at = start + (at - start) + 2;
  }
  return tokens;
}

const mark = (text: string): Token => ({ kind: "operator", text, value: text });

const endsOperand = ({ kind, text }: Token): boolean =>
  kind === "string" || kind === "number" || (kind === "name" && !APART.has(text)) || /^[)\]}]$/.test(text);
