import type { MeantDifference } from "../contract/tasks/meant-differences.js";
import type { PlayedTask } from "./ansible.js";

/** Fields that tell of the moment, or of Ansible's own workings. */
const PASSING = new Set([
  "start",
  "end",
  "stop",
  "delta",
  "invocation",
  "warnings",
  "deprecations",
  "skip_reason",
  "false_condition",
  "exception",
  "_ansible_no_log",
  "_ansible_verbose_always",
  "_ansible_verbose_override",
  "_ansible_item_label",
  "_ansible_delegated_vars",
  "ansible_job_id",
  "results_file",
  "include_args",
  "diff",
  "atime",
  "mtime",
  "ctime",
  "inode",
  // Of stat: a number that the file system makes up, and what it has got round to write.
  "version",
  "blocks",
]);

/** Lists in the order in which a directory, or the kernel, gives them. */
const UNORDERED = new Set([
  "archived",
  "expanded_paths",
  "expanded_exclude_paths",
  "ansible_interfaces",
  "files",
]);

/** What must be equal of a result; a failure's words may differ. */
export function comparable(
  { task, status, ignored, result }: PlayedTask,
  differences: readonly MeantDifference[] = [],
): unknown {
  const meant = differences.filter((each) => each.task === task || each.task === "*");
  if (meant.some(({ fields }) => fields === undefined)) return { task };
  const left = new Set(meant.flatMap(({ fields = [] }) => fields));
  // The status says whether it failed or was skipped; Ansible's callbacks are not told again.
  return { task, status, ignored, result: withoutStatus(trimmed(result, status === "failed", left)) };
}

function withoutStatus(result: unknown): unknown {
  const { failed: _failed, skipped: _skipped, ...rest } = result as Record<string, unknown>;
  return rest;
}

/** Where the file came from: with Ansible a temporary file on the machine. */
const isSource = (key: string, value: unknown): boolean =>
  key === "src" && typeof value === "string" && /\.ansible\/tmp\/|\/fixtures\/playbooks\//.test(value);

function trimmed(value: unknown, failed: boolean, left: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((each) => trimmed(each, failed, left));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, entry]) =>
      !PASSING.has(key) &&
      !left.has(key) &&
      !isSource(key, entry) &&
      !(failed && (key === "msg" || key === "path")) &&
      !(key === "failed" && entry === false) &&
      // Ansible leaves it out where it could not evaluate a task.
      !(failed && key === "changed" && entry === false) &&
      !(failed && /^(?:changed|failed)_when_result$/.test(key) && typeof entry === "string"),
  );
  return Object.fromEntries(entries.map(([key, entry]) => [key, trimmed(ordered(key, entry), failed, left)]));
}

const ordered = (key: string, value: unknown): unknown =>
  UNORDERED.has(key) && Array.isArray(value) ? value.toSorted((one, other) => order(one, other)) : value;

/** Texts by themselves, files by their paths. */
const order = (one: unknown, other: unknown): number => (sortKey(one) < sortKey(other) ? -1 : 1);

const sortKey = (value: unknown): string =>
  typeof value === "object" && value !== null && "path" in value ? String(value.path) : String(value);
