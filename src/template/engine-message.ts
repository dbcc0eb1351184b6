import type { Position } from "../errors.js";
import { didYouMean } from "../values/nearest.js";
import { FILTERS } from "./filters/index.js";
import { TESTS } from "./tests.js";

/** The engine's first line, without its place in a text that the user did not write. */
export function plainMessage(error: unknown): string {
  const line = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
  const message = line.replace(/ \(in (?:<\w+>|template\d+):\d+\)$/, "").replace(/^Error: /, "");
  const unknown = /^unknown (filter|test|function): (?:filter|test) (\S+) is unknown/.exec(message);
  if (unknown !== null) {
    const [, kind = "", name = ""] = unknown;
    return `unknown ${kind} '${name}'${didYouMean(name, Object.keys(kind === "test" ? TESTS : FILTERS))}`;
  }
  if (error instanceof Error && error.name === "RuntimeError") return "the expression cannot be evaluated";
  if (/ran out of fuel/.test(message)) return "the template takes too long to evaluate";
  return message
    .replace(/^syntax error:/, "syntax error in expression:")
    .replaceAll("end of variable block", "end of expression");
}

/** `(in template1:3)` of the engine's message, told by `lineIn`; what it says of an include is no mistake of that line. */
export function linePlace(
  error: unknown,
  lineIn: ((name: string, line: number) => Position | undefined) | undefined,
): Position | undefined {
  const message = String(error);
  const [, name = "", line = ""] = /\(in (\S+):(\d+)\)/.exec(message.split("\n")[0] ?? "") ?? [];
  return name === "" || /could not render include/.test(message) ? undefined : lineIn?.(name, Number(line));
}
