import { tooDeep } from "./yaml-values.js";

/** Far more than anybody writes, far less than what overflows a stack. */
const MAX_FLOW_DEPTH = 1_000;

/** A parser that recurses must not be handed a file of 20,000 brackets; counted as text, before parsing. */
export function refuseDeepNesting(text: string, file: string): void {
  let depth = 0;
  let line = 1;
  for (let index = 0; index < text.length; index++) {
    const char = text[index];
    if (char === "\n") line++;
    else if (char === "[" || char === "{") depth++;
    else if (char === "]" || char === "}") depth = Math.max(0, depth - 1);
    if (depth > MAX_FLOW_DEPTH) throw tooDeep({ file, line, column: index - text.lastIndexOf("\n", index) });
  }
  for (const found of text.matchAll(/^(?:[ ]*- ?){101,}|^ {5000,}\S/gm))
    throw tooDeep({ file, line: text.slice(0, found.index).split("\n").length, column: 1 });
}
