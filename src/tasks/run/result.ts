import type { TaskStatus } from "../../events.js";
import { isMapping, setEntry } from "../../values/mapping.js";
import { Template } from "../../values/template.js";
import type { ModuleResult } from "../module/module.js";

/** A longer output is split into lines only when somebody looks at them. */
const LONG_OUTPUT = 1024 * 1024;

const linesOf = (text: string): string[] => {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
};

/** Adds Ansible's `stdout_lines` and `stderr_lines`. */
export function withLines(result: ModuleResult): ModuleResult {
  const all: Record<string, unknown> = { ...result };
  for (const key of ["stdout", "stderr"] as const) {
    const text = result[key];
    const name = `${key}_lines`;
    if (typeof text !== "string" || Object.hasOwn(all, name)) continue;
    if (text.length <= LONG_OUTPUT) setEntry(all, name, linesOf(text));
    else
      Object.defineProperty(all, name, {
        configurable: true,
        get: () => linesOf(text),
      });
  }
  return all as ModuleResult;
}

export function statusOf(result: ModuleResult): TaskStatus {
  if (result.failed) return "failed";
  if (result.skipped) return "skipped";
  return result.changed ? "changed" : "ok";
}

/** Why a task failed, in one line. */
export function failureMessage(result: ModuleResult): string {
  const items = result["results"];
  if (Array.isArray(items)) {
    const failed = (items as ModuleResult[]).filter((each) => each.failed && !each["failed_ignored"]);
    const [first] = failed;
    if (first) {
      const label =
        typeof first["_ansible_item_label"] === "string" ? `item ${first["_ansible_item_label"]}: ` : "";
      const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : "";
      return `${label}${failureMessage(first)}${more}`;
    }
  }
  const message = typeof result.msg === "string" && result.msg !== "" ? result.msg : "failed";
  const rc = result["rc"];
  return typeof rc === "number" && rc !== 0 && message === "non-zero return code"
    ? `${message}: ${rc}`
    : message;
}

/** What stands in events instead of a result that must not be shown. */
export const censored = (result: ModuleResult): ModuleResult => ({
  censored: "the output has been hidden due to the fact that 'no_log: true' was specified for this result",
  changed: result.changed,
  ...(result.failed !== undefined && { failed: result.failed }),
  ...(result.skipped !== undefined && { skipped: result.skipped }),
});

/** A result with the user's expressions, as include_vars brings them, shown as they are written. */
export const withoutTemplates = (result: ModuleResult): ModuleResult =>
  result.ansible_facts === undefined ? result : shownFacts(result, result.ansible_facts);

function shownFacts(result: ModuleResult, facts: Readonly<Record<string, unknown>>): ModuleResult {
  const { _ansible_facts_cacheable: _, ...rest } = result;
  return { ...rest, changed: result.changed, ansible_facts: asWritten(facts) as Record<string, unknown> };
}

function asWritten(value: unknown): unknown {
  if (value instanceof Template) return value.source;
  if (Array.isArray(value)) return value.map(asWritten);
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, asWritten(entry)]));
}
