import { tooDeep } from "./yaml-values.js";

/** Far more than anybody writes, far less than what overflows a stack. */
const MAX_FLOW_DEPTH = 1_000;
const MAX_DASHES = 1_000;
const MAX_INDENT = 5_000;

/** A parser that recurses must not be handed a file of 20,000 brackets; counted as text, before parsing. */
export function refuseDeepNesting(text: string, file: string): void {
  let depth = 0;
  let line = 1;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const char = text[index];
    if (char === "\n") {
      line++;
      start = index + 1;
    } else if (char === "[" || char === "{") depth++;
    else if (char === "]" || char === "}") depth = Math.max(0, depth - 1);
    if (depth > MAX_FLOW_DEPTH) throw tooDeep({ file, line, column: index - start + 1 });
    if (index === start && isDeepLine(text, start)) throw tooDeep({ file, line, column: 1 });
  }
}

/** Whether a line opens with lists in lists (`- - - -`), or far to the right. By hand: an expression for it could backtrack for ever. */
function isDeepLine(text: string, start: number): boolean {
  let at = start;
  let dashes = 0;
  for (; text[at] === " " || text[at] === "-"; at++) if (text[at] === "-" && text[at + 1] === " ") dashes++;
  return dashes > MAX_DASHES || (at - start > MAX_INDENT && at < text.length && text[at] !== "\n");
}
