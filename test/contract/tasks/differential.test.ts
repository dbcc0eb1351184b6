import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hasAnsible, type PlayedTask, playWithAnsible, playWithFarm } from "../../lab/ansible.js";

const PLAYBOOKS = join(import.meta.dirname, "../../fixtures/playbooks");

/** Fields that tell of the moment, or of Ansible's own workings. */
const PASSING = new Set([
  "start",
  "end",
  "delta",
  "invocation",
  "warnings",
  "deprecations",
  "skip_reason",
  "false_condition",
  "exception",
  "_ansible_no_log",
  "_ansible_verbose_always",
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
  "md5sum",
  "remote_md5sum",
  "lnk_source",
  // Of stat, and not told by farm.
  "attr_flags",
  "attributes",
  "block_size",
  "blocks",
  "charset",
  "device_type",
  "executable",
  "mimetype",
  "readable",
  "version",
  "writeable",
]);

/** What must be equal of a result; a failure's words may differ. */
const comparable = ({ task, status, ignored, result }: PlayedTask): unknown => ({
  task,
  status,
  ignored,
  // The status says whether it failed or was skipped; Ansible's callbacks are not told again.
  result: withoutStatus(trimmed(result, status === "failed")),
});

function withoutStatus(result: unknown): unknown {
  const { failed: _failed, skipped: _skipped, ...rest } = result as Record<string, unknown>;
  return rest;
}

/** Where the file came from: with Ansible a temporary file on the machine. */
const isSource = (key: string, value: unknown): boolean =>
  key === "src" && typeof value === "string" && /\.ansible\/tmp\/|\/fixtures\/playbooks\//.test(value);

function trimmed(value: unknown, failed: boolean): unknown {
  if (Array.isArray(value)) return value.map((each) => trimmed(each, failed));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, entry]) =>
      !PASSING.has(key) &&
      !isSource(key, entry) &&
      !(failed && (key === "msg" || key === "path")) &&
      !(key === "failed" && entry === false) &&
      // Ansible leaves it out where it could not evaluate a task.
      !(failed && key === "changed" && entry === false) &&
      !(failed && /^(?:changed|failed)_when_result$/.test(key) && typeof entry === "string"),
  );
  return Object.fromEntries(entries.map(([key, entry]) => [key, trimmed(entry, failed)]));
}

/** Played twice in a directory of its own: what was changed the first time must not be the second. */
async function twice(play: typeof playWithFarm, file: string): Promise<unknown[]> {
  const scratch = mkdtempSync(join(tmpdir(), "farm-differential-"));
  try {
    const runs = [await play(file, { vars: { scratch } }), await play(file, { vars: { scratch } })];
    const tasks = runs.map((run) => run.filter(({ task }) => task !== "include").map(comparable));
    return JSON.parse(JSON.stringify(tasks).replaceAll(scratch, "/scratch")) as unknown[];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

// CI has Ansible: there, its lack is a failure.
describe.runIf(hasAnsible || process.env["CI"])("the same playbook comes to the same as with Ansible", () => {
  for (const name of readdirSync(PLAYBOOKS).filter((each) => each.endsWith(".yaml")))
    it(name.replace(/\.yaml$/, "").replaceAll("-", " "), async () => {
      const file = join(PLAYBOOKS, name);
      const [ours, theirs] = await Promise.all([twice(playWithFarm, file), twice(playWithAnsible, file)]);
      expect(ours).toEqual(theirs);
    }, 300_000);
});
