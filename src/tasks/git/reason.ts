import { lastLine } from "../remote/status.js";

/** Why git failed, in its own words: what it says last is often advice. */
export function gitReason(stderr: string, code: number): string {
  const lines = stderr.trim().split("\n");
  const fatal = lines.find((line) => /^(?:fatal|error): /.test(line));
  return fatal?.replace(/^(?:fatal|error): /, "") ?? lastLine(stderr, code);
}
